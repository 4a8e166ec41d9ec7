"""Placements: what comes with the program, what may be said of them, their versions."""

import pytest

from recommend.errors import InvalidPlacement, PlacementsChanged, UnknownPlacement, UnknownPlacementVersion
from recommend.placements import PlacementShelf, read_placements, shipped
from recommend.placements.shelf import KEPT, read_file
from recommend.sources import SOURCES


def test_every_shipped_placement_has_a_title_and_sources_that_can_answer_it():
    named = shipped().by_name
    assert {"feed", "home", "similar", "bought-together", "complete-the-basket", "people-to-follow", "trending"} <= set(
        named
    )
    assert {"people-to-follow", "because-you-bought", "from-people-you-follow", "re-engage", "gift", "search"} <= set(
        named
    )
    for each in named.values():
        assert each.title
        assert each.asks == "words" or each.able(SOURCES)


def test_what_a_shop_says_changes_a_placement_field_by_field():
    changed = read_placements({"home": {"page_size": 7}, "mine": {"sources": {"walk": 2}}})
    home = changed.of("home")
    assert (home.page_size, home.sources) == (7, shipped().of("home").sources)
    assert changed.of("mine").sources == {"walk": 2}
    assert changed.of("feed") == shipped().of("feed")


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"feed": {"wieghts": {}}}, "feed.wieghts"),
        ({"feed": {"sources": {"frends": 1}}}, "did you mean friends"),
        ({"feed": {"sources": {"friends": -1}}}, "feed.sources.friends"),
        ({"feed": {"sources": {"friends": True}}}, "feed.sources.friends"),
        ({"feed": {"sources": {"mutual_friends": 1}}}, "cannot answer this; those that can: friends"),
        ({"feed": {"filter": "price_minor <"}}, "cannot be read"),
        ({"feed": {"page_size": 101}}, "feed.page_size"),
        ({"feed": {"leave_out": ["bougt"]}}, "names no action"),
        ({"feed": {"promotions": [{"name": "x", "share": 0.5}]}}, "say by `filter` or `products`"),
        ({"feed": {"promotions": [{"name": "x", "products": ["p"]}]}}, "say by `share` or `positions`"),
        ({"people-to-follow": {"filter": "price_minor < 1"}}, "for products"),
        ({"search": {"sources": {"walk": 1}}}, "takes no sources"),
        ({"feed": 3}, "a placement is a table"),
        ({"a b": {}}, "a name has"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(own, told):
    with pytest.raises(InvalidPlacement, match=None) as refused:
        read_placements(own)
    assert told in str(refused.value)


def test_a_version_follows_another_and_an_older_one_can_come_back(tmp_path):
    shelf, other = PlacementShelf(tmp_path / "placements"), PlacementShelf(tmp_path / "placements")
    assert shelf.now().version == 0
    assert shelf.publish({"feed": {"page_size": 3}}).version == 1
    assert other.now().of("feed").page_size == 3
    assert other.publish({"feed": {"page_size": 4}}, expected=1).version == 2
    assert shelf.now().of("feed").page_size == 4
    with pytest.raises(PlacementsChanged):
        shelf.publish({}, expected=1)
    back = shelf.roll_back(1)
    assert (back.version, back.of("feed").page_size) == (3, 3)
    assert [each["version"] for each in other.versions()] == [3, 2, 1, 0]
    assert [each["in_force"] for each in other.versions()] == [True, False, False, False]
    assert shelf.roll_back(0).of("feed") == shipped().of("feed")
    with pytest.raises(UnknownPlacementVersion):
        shelf.roll_back(77)


def test_what_is_refused_changes_nothing(tmp_path):
    shelf = PlacementShelf(tmp_path / "placements")
    shelf.publish({"feed": {"page_size": 3}})
    with pytest.raises(InvalidPlacement):
        shelf.publish({"feed": {"page_size": 0}})
    assert (shelf.now().version, len(shelf.versions())) == (1, 2)


def test_only_the_last_versions_are_kept(tmp_path):
    shelf = PlacementShelf(tmp_path)
    for size in range(KEPT + 3):
        shelf.publish({"feed": {"page_size": size % 100 + 1}})
    assert len(shelf.versions()) == KEPT + 1
    assert shelf.now().version == KEPT + 3


def test_an_unknown_placement_says_what_may_have_been_meant():
    with pytest.raises(UnknownPlacement, match="did you mean feed"):
        shipped().of("fed")


@pytest.mark.parametrize(
    ("name", "text"), [("x.toml", "[feed"), ("x.json", "{"), ("x.json", "[]"), ("none.toml", None)]
)
def test_a_file_that_is_none_is_refused(tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidPlacement, match=name):
        read_file(tmp_path / name)


@pytest.mark.parametrize("damage", ["{", '{"feed": {"from a newer program": 1}}', None])
def test_what_cannot_be_read_leaves_the_placements_as_they_were(tmp_path, damage, caplog):
    shelf, other = PlacementShelf(tmp_path), PlacementShelf(tmp_path)
    other.publish({"feed": {"page_size": 3}})
    assert shelf.now().of("feed").page_size == 3
    other.publish({"feed": {"page_size": 4}})
    file = tmp_path / "000002.json"
    file.write_text(damage) if damage else file.unlink()
    assert [shelf.now().of("feed").page_size for _ in range(3)] == [3, 3, 3]
    assert sum("are not used" in each for each in caplog.messages) == 1
    assert PlacementShelf(tmp_path).now().version == 0
