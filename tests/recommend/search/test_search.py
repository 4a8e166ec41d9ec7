"""Search over a small shop: what is found, by which way, and that what it says of a hit is true."""

import numpy as np
import pytest

from embeddings.text import GlossedEncoder, telling, tokens
from graph.errors import UnknownNode
from graph.snapshot.actions import Actions
from recommend.errors import InvalidFilter, InvalidLimit, InvalidPageToken, InvalidQuestion
from recommend.prepared import Prepared
from recommend.search import Searcher, SearchIndex, SearchQuestion, fit_index
from recommend.search.documents import Documents
from tests.graph.snapshot.small import small_view

NOW = 20_000 * 1440
PRODUCTS = {
    "boot": {"title": "Winter boots", "categories": ["boots"], "brand": "acme", "price_minor": 9000},
    "trail": {"title": "Trail running shoes", "categories": ["running"], "brand": "acme", "price_minor": 7000},
    "jog": {"title": "轻便跑鞋", "categories": ["running"], "brand": "fleet", "description": "适合每天慢跑的舒适鞋子"},
    "sandal": {"title": "Beach sandals", "categories": ["shoes"], "brand": "fleet", "price_minor": 2500},
    "lamp": {"title": "Desk lamp", "categories": ["lamps"], "brand": "lux", "tags": ["gift"]},
    "pot": {"title": "Teapot", "description": "A pot of stone for green tea", "tags": ["gift"], "brand": "lux"},
    "unread": {"title": "Chair", "attributes": {"material": "walnut wood", "url": "https://secret.example"}},
    "ended": {"title": "Old boots", "categories": ["boots"]},
    "sold": {"title": "Sold boots", "categories": ["boots"], "available": False},
    "linked": {"title": "Thing", "related": {"shop": {"made_in": ["Entity:venice"]}}},
    "n1": {},
}
CATEGORIES = {
    "boots": {"name": "Boots", "parent": ["shoes"]},
    "running": {"name": "Running shoes", "parent": ["shoes"]},
    "shoes": {"name": "Shoes", "parent": ["fashion"]},
    "fashion": {"name": "Fashion"},
    "lamps": {"name": "灯具"},
}
BRANDS = {
    "acme": {"name": "Acme", "related": {"shop": {"owned_by": ["Entity:holding"]}}},
    "fleet": {"name": "Fleetfoot", "related": {"shop": {"owned_by": ["Entity:holding"]}}},
    "lux": {"name": "Lux"},
}
REVIEWS = {"lamp": ["Great for reading in bed."]}


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    return small_view(
        tmp_path_factory.mktemp("shop"),
        users=["ana", "bo"],
        products=list(PRODUCTS),
        bought=[("ana", "trail", NOW), ("bo", "trail", NOW), ("bo", "boot", NOW)],
        properties={
            "Product": PRODUCTS,
            "Category": CATEGORIES,
            "Brand": BRANDS,
            "Tag": {"gift": {"name": "Gift ideas"}},
            "Entity": {"venice": {"name": "Venice"}, "holding": {"name": "Big Holding"}},
        },
        gone={"Product": ["ended"]},
    )


def searcher_of(folder, view, reviews=None):
    encoder = GlossedEncoder()
    rows = {view.row_of("Product", each): texts for each, texts in (reviews or {}).items()}
    kept = fit_index(folder, view, rows, encoder)
    return Searcher(Prepared(view, Actions.of(), {}), SearchIndex.of(kept), encoder)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory, view):
    return searcher_of(tmp_path_factory.mktemp("models"), view, REVIEWS)


def found(searcher, text="", limit=20, **question):
    answer = searcher.search(SearchQuestion(text, **question), limit)
    return {item["id"]: item for item in answer["items"]}


def ways(item):
    return {reason["type"] for reason in item["reasons"]}


def test_words_of_title_description_attributes_and_reviews_are_found(searcher):
    assert next(iter(found(searcher, "winter boots"))) == "boot"
    assert next(iter(found(searcher, "stone"))) == "pot"
    assert next(iter(found(searcher, "walnut chair"))) == "unread"
    assert "words" in ways(found(searcher, "reading in bed")["lamp"])


def test_addresses_within_attributes_are_not_read(searcher):
    assert "unread" not in found(searcher, "secret")


def test_the_same_thing_is_found_in_the_other_language(searcher):
    chinese = found(searcher, "跑鞋")
    assert list(chinese)[:2] in (["jog", "trail"], ["trail", "jog"])
    assert chinese["trail"]["reasons"][-1]["type"] == "meaning"
    english = found(searcher, "shoes for jogging")
    assert "jog" in list(english)[:3]
    assert "lamp" in found(searcher, "lamps"), "its category has a Chinese name only"


def test_meaning_finds_what_shares_no_word(searcher):
    item = found(searcher, "footwear for the sea side")["sandal"]
    assert ways(item) == {"meaning"}
    assert 0.25 <= item["reasons"][0]["closeness"] <= 1


def test_a_category_is_found_with_all_below_it_and_the_way_is_told(searcher, view):
    hits = found(searcher, concept=("Category", "fashion"))
    assert hits.keys() == {"boot", "trail", "jog", "sandal"}
    reason = hits["boot"]["reasons"][0]
    assert reason["concept"] == {"label": "Category", "id": "fashion", "name": "Fashion"}
    assert [step["rel"] for step in reason["path"]] == ["IN_CATEGORY", "SUBCATEGORY_OF", "SUBCATEGORY_OF"]
    assert reason["text"] == "in Boots, a part of Fashion"
    assert next(iter(hits)) == "trail", "what people do most with comes first"


def test_a_brand_is_found_with_its_kin_and_the_kin_is_called_so(searcher):
    hits = found(searcher, concept=("Brand", "acme"))
    assert list(hits)[:2] == ["trail", "boot"]
    assert hits.keys() == {"trail", "boot", "jog", "sandal"}
    assert hits["boot"]["reasons"][0]["text"] == "by Acme"
    assert hits["jog"]["reasons"][0]["text"] == "by Fleetfoot, which knowledge joins to Acme"
    assert hits["jog"]["reasons"][0]["path"] == [{"from": "jog", "rel": "MADE_BY", "to": "fleet"}]


def test_a_name_within_a_question_is_understood_as_the_thing(searcher):
    hits = found(searcher, "acme running shoes")
    assert next(iter(hits)) == "trail"
    told = {reason["concept"]["id"] for reason in hits["trail"]["reasons"] if reason["type"] == "concept"}
    assert told == {"acme", "running"}


def test_tags_and_entities_are_concepts_too(searcher):
    assert found(searcher, concept=("Tag", "gift")).keys() == {"lamp", "pot"}
    assert found(searcher, concept=("Entity", "venice")).keys() == {"linked"}
    assert "concept" in ways(found(searcher, "gift ideas")["pot"])


def test_filters_hold_before_the_best_are_chosen(searcher):
    assert found(searcher, "shoes", filter="price_minor < 3000").keys() == {"sandal"}
    assert found(searcher, "shoes", filter='not event("bought")', user_id="ana").keys().isdisjoint({"trail"})
    assert "trail" in found(searcher, "shoes", filter='event("bought")', user_id="ana")
    hits = found(searcher, concept=("Category", "shoes"), filter="brand = current.brand", product_id="sandal")
    assert hits.keys() == {"jog", "sandal"}


def test_a_language_can_be_asked_for(searcher):
    hits = found(searcher, "shoes", language="zh")
    assert hits.keys() == {"jog"}
    assert hits["jog"]["fields"]["language"] == "zh"
    assert not found(searcher, "shoes", language="fr")


def test_what_is_ended_or_not_to_be_had_is_never_found(searcher):
    for question in ("old boots", "sold boots", "boots"):
        assert found(searcher, question).keys().isdisjoint({"ended", "sold"})
    assert found(searcher, concept=("Category", "boots")).keys() == {"boot"}


def test_a_chinese_question_is_answered_in_chinese(searcher):
    texts = [reason["text"] for item in found(searcher, "跑鞋").values() for reason in item["reasons"]]
    assert texts
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in texts)


def test_everything_that_is_said_of_a_hit_is_true(searcher, view):
    documents = Documents(view, {view.row_of("Product", each): texts for each, texts in REVIEWS.items()})
    for question in ("acme running shoes", "gift", "boots", "green tea", "跑鞋", "lamps for reading", "venice"):
        for product, item in found(searcher, question).items():
            assert {reason["type"] for reason in item["reasons"]} == set(item["sources"])
            for reason in item["reasons"]:
                row = view.row_of("Product", product)
                if reason["type"] == "words":
                    assert reason["words"]
                    assert set(reason["words"]) <= {*telling(question)} & {*tokens(documents.of(row).whole)}
                for step in reason.get("path", []):
                    assert holds(view, step), step


def holds(view, step):
    """Whether some edge of that type joins the two."""
    for source, type_, target in view.snapshot.adjacencies:
        if type_ == step["rel"]:
            start, end = view.row_of(source, step["from"]), view.row_of(target, step["to"])
            if start >= 0 and end >= 0 and end in view.edges(source, type_, target).out.neighbours(start):
                return True
    return False


def test_pages_follow_one_another_without_a_gap_or_a_repeat(searcher):
    question = SearchQuestion(concept=("Category", "fashion"))
    whole = [item["id"] for item in searcher.search(question)["items"]]
    token, seen = None, []
    while True:
        page = searcher.search(question, 1, page_token=token)
        seen += [item["id"] for item in page["items"]]
        token = page["next_page"]
        if token is None:
            break
    assert seen == whole
    with pytest.raises(InvalidPageToken):
        searcher.search(SearchQuestion("boots"), 1, page_token=searcher.search(question, 1)["next_page"])


def test_what_cannot_be_asked_is_refused(searcher):
    with pytest.raises(InvalidQuestion):
        searcher.search(SearchQuestion("   "))
    with pytest.raises(InvalidFilter):
        searcher.search(SearchQuestion("boots", filter="nonsense"))
    with pytest.raises(UnknownNode):
        searcher.search(SearchQuestion(concept=("Brand", "nobody")))
    with pytest.raises(InvalidLimit):
        searcher.search(SearchQuestion("boots"), 0)


@pytest.mark.parametrize("question", ["", "zzzqqq", "???", "😀", "a" * 500])
def test_a_question_of_which_nothing_is_known_finds_nothing(searcher, question):
    if question:
        assert not found(searcher, question)


def test_a_shop_without_a_word_has_an_index_and_finds_nothing(tmp_path):
    bare = small_view(tmp_path, users=["1"], products=["1", "2"])
    assert not found(searcher_of(tmp_path, bare), "boots")
    empty = small_view(tmp_path / "empty")
    assert not found(searcher_of(tmp_path / "empty", empty), "boots")


def test_brands_with_the_same_shelves_are_kin(tmp_path):
    shelves = {"a": ["x", "x", "y"], "b": ["x", "y"], "c": ["z", "z"]}
    products = {
        f"{brand}{place}": {"brand": brand, "categories": [kind]}
        for brand, kinds in shelves.items()
        for place, kind in enumerate(kinds)
    }
    view = small_view(tmp_path, products=list(products), properties={"Product": products})
    hits = found(searcher_of(tmp_path, view), concept=("Brand", "a"))
    assert hits.keys() == {"a0", "a1", "a2", "b0", "b1"}
    assert hits["b0"]["reasons"][0]["text"] == "by b, which makes the same kinds of things as a"


def test_the_nearest_by_meaning_are_those_of_an_exhaustive_search(searcher, view):
    vector = searcher.encoder.encode(["tea"])[0]
    slow = searcher.index.meaning.products @ vector
    near = {
        product: item["reasons"][-1]["closeness"]
        for product, item in found(searcher, "tea").items()
        if "meaning" in ways(item)
    }
    gone = np.flatnonzero(searcher.prepared.hidden_products)
    expected = {
        view.id_of("Product", row): slow[row] for row in np.flatnonzero(slow >= 0.25).tolist() if row not in gone
    }
    assert near == pytest.approx(expected, abs=1e-4)


def test_a_narrow_filter_still_fills_the_answer_with_what_fits(tmp_path):
    """The few that fit are the worst of many by every way, far beyond what any way offers."""
    products = {
        f"p{place}": {"title": f"boot {'plain ' * (place > 700)}", "price_minor": place, "categories": ["boots"]}
        for place in range(710)
    }
    bought = [("ana", f"p{place}", NOW) for place in range(700)]
    view = small_view(tmp_path, products=list(products), bought=bought, properties={"Product": products})
    searcher = searcher_of(tmp_path, view)
    fitting = {f"p{place}" for place in range(702, 710)}
    for way in ("words", "concept", "meaning"):
        hits = found(searcher, "boot", filter="price_minor > 701")
        assert {product for product, item in hits.items() if way in item["sources"]} == fitting
