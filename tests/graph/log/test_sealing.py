"""People's own fields: readable through the log, in no file of it, and unreadable once the key is gone."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ArchiveDamaged, StoreError
from graph.log.keys import KeyRing
from graph.log.port import IMPORTED
from graph.log.sealing import PERSONAL, SEALED, open_event, seal_event
from graph.log.sqlite import SqliteEventLog
from graph.log.tables import VERSION_1
from graph.model import MISSING, EventBatch, NodeBatch

AT = 1_700_000_000_000
SECRETS = ("Ana Sample", "Oslo", "fits me well", "red boots", "my new shoe", "post of mine", "pics/ana.jpg")


def event(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    return {"event_id": f"{kind}-{number}", "type": kind, "at": AT, **fields}


LIVE = [
    event("user", 1, user_id="ana", properties={"display_name": "Ana Sample", "city": "Oslo", "handle": None}),
    event("rated", 1, user_id="ana", product_id="shoe", value=4.0, text="fits me well"),
    event("rated", 2, user_id="bo", product_id="shoe", value=2.0),
    event("searched", 1, user_id="ana", text="red boots"),
    event("posted", 1, user_id="ana", post_id="p1", text="my new shoe", images=["pics/ana.jpg"]),
    event("post", 1, post_id="p1", properties={"text": "post of mine"}),
    event("post", 2, post_id="p2", properties={"text": "of somebody else"}),
    event("followed", 1, user_id="bo", other_id="ana"),
    event("shared", 1, user_id="bo", product_id="shoe", **{"with": ["ana", "cy"]}),
    event("product", 1, product_id="shoe", properties={"title": "Plain shoe"}),
    event("user", 2, user_id="bo", properties={"display_name": "Bo Other"}),
]
NODES = NodeBatch(
    "User",
    ["n1", "n2", "n3"],
    ["ana", "bo", "cy"],
    [AT, AT, None],
    {
        "display_name": ["Ana Sample", "Bo Other", MISSING],
        "city": [None, MISSING, MISSING],
        "birth_year": [1990, 1980, 7],
    },
)
RATINGS = EventBatch(
    "rated",
    ["r1", "r2"],
    ["ana", "bo"],
    [AT, AT],
    {"product_id": ["shoe", "shoe"], "value": [4.0, 3.0], "text": ["fits me well", None]},
)
POSTED = EventBatch(
    "posted", ["w1", "w2"], ["ana", "bo"], [AT, AT], {"post_id": ["p3", "p4"], "text": ["my new shoe", "of bo"]}
)
POSTS = NodeBatch("Post", ["t1", "t2"], ["p3", "p4"], [AT, AT], {"text": ["post of mine", "of bo"]})
BATCHES = (NODES, RATINGS, POSTED, POSTS)


def fill(log: SqliteEventLog) -> None:
    log.append(LIVE)
    with log.bulk(["people.csv"], "ab" * 32) as record:
        for batch in BATCHES:
            record.admit(batch.event_ids, batch.at)
            record.add_nodes(batch) if isinstance(batch, NodeBatch) else record.add_events(batch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    with closing(SqliteEventLog(folder / "log.sqlite")) as log:
        fill(log)
    return folder


def opened(folder: Path) -> closing[SqliteEventLog]:
    return closing(SqliteEventLog(folder / "log.sqlite"))


def everything(log: SqliteEventLog) -> list[Any]:
    """Every event and every batch of an import."""
    return [log.batch(each) if each.type == IMPORTED else dict(each.body) for each in log.read(None)]


def all_bytes(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


def erase(log: SqliteEventLog, person: str = "ana", number: int = 1) -> None:
    log.append([event("erased", number, user_id=person)])


def test_what_was_told_is_read_again(folder: Path) -> None:
    with opened(folder) as log:
        *events, nodes, rated, posted, posts = everything(log)
    assert events == LIVE
    assert (nodes, rated) == (NODES, RATINGS)
    assert posts == POSTS
    assert {**posted.fields, "images": None} == {**POSTED.fields, "images": None}


def test_nothing_personal_stands_in_any_file_in_clear(folder: Path) -> None:
    found = all_bytes(folder)
    assert [each for each in (*SECRETS, "Bo Other", "of somebody else") if each.encode() in found] == []
    with sqlite3.connect(folder / "log.sqlite") as raw:
        kept = b"".join(orjson.dumps(each[0].decode()) for each in raw.execute("SELECT body FROM records"))
    raw.close()
    assert b"Plain shoe" in kept  # things are nobody's secret


def test_a_copy_made_before_the_erasure_cannot_be_read_after_it(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    with opened(tmp_path / "copy") as log:
        assert "Ana Sample" in str(everything(log))  # with the keys of that day
    with opened(folder) as log:
        erase(log)
    shutil.copy(folder / "keys.sqlite", tmp_path / "copy" / "keys.sqlite")
    with opened(tmp_path / "copy") as log:
        found = str(everything(log))
    assert [each for each in SECRETS if each in found] == []
    assert "Bo Other" in found
    assert "of bo" in found
    assert "'product_id': 'shoe', 'value': 4.0" in found  # what was done is there still, as is everybody else


def test_erasing_takes_records_posts_and_mentions_and_nothing_else(folder: Path) -> None:
    with opened(folder) as log:
        erase(log)
        *events, nodes, rated, posted, posts, erased = everything(log)
    assert [each["event_id"] for each in events] == ["rated-2", "post-2", "shared-1", "product-1", "user-2"]
    assert events[2]["with"] == ["cy"]
    assert (nodes.ids, rated.user_ids, posted.user_ids, posts.ids) == (["bo", "cy"], ["bo"], ["bo"], ["p4"])
    assert nodes.properties["display_name"] == ["Bo Other", MISSING]
    assert erased["user_id"] == "ana"


def test_the_key_itself_is_gone_from_the_file_of_keys(folder: Path) -> None:
    with closing(KeyRing(folder / "keys.sqlite")) as ring:
        owners = [("user", "ana"), ("post", "p1"), ("post", "p3")]
        gone = ring.find(owners)
        others = ring.find([("user", "bo"), ("post", "p2"), ("post", "p4")])
    assert len(gone) == len(others) == 3
    with opened(folder) as log:
        erase(log)
    with closing(KeyRing(folder / "keys.sqlite")) as ring:
        assert ring.find(owners) == {}
        assert ring.find(others) == others
    content = b"".join(each.read_bytes() for each in folder.glob("keys.sqlite*"))
    assert not any(key in content for key in gone.values())
    assert all(key in content for key in others.values())


def test_keys_are_for_their_owner_only_and_name_nobody(folder: Path) -> None:
    assert (folder / "keys.sqlite").stat().st_mode & 0o077 == 0
    assert b"ana" not in (folder / "keys.sqlite").read_bytes()


def test_an_erasure_that_the_log_did_not_take_spares_the_keys(folder: Path) -> None:
    with opened(folder) as log:
        log._connection.execute("PRAGMA query_only = ON")  # as a disk that takes no more
        with pytest.raises(StoreError):
            erase(log)
    with opened(folder) as log:
        assert "Ana Sample" in str(everything(log))


def test_a_crash_between_the_commit_and_the_keys_is_healed_when_the_log_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, opened(folder) as log:
        patched.setattr(KeyRing, "destroy", lambda _ring, _person: None)
        erase(log)
        assert log._keys.doomed() == ["ana"]
    with opened(folder) as log:
        assert log._keys.doomed() == []
        assert log._keys.find([("user", "ana")]) == {}


def test_a_crash_before_the_commit_spares_the_keys(folder: Path) -> None:
    with closing(KeyRing(folder / "keys.sqlite")) as ring:
        ring.doom("ana", [("user", "ana")])
    with opened(folder) as log:
        assert log._keys.doomed() == []
        assert "Ana Sample" in str(everything(log))


def test_a_text_cannot_be_passed_off_as_that_of_another_event(tmp_path: Path) -> None:
    with closing(KeyRing(tmp_path / "keys.sqlite")) as ring:
        first, second = (seal_event(event("searched", n, user_id="ana", text=f"text {n}"), ring) for n in (1, 2))
        assert open_event({**first}, ring)["text"] == "text 1"
        with pytest.raises(ArchiveDamaged):
            open_event({**first, SEALED: second[SEALED]}, ring)


def test_a_log_of_version_1_is_sealed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with closing(sqlite3.connect(path)) as old:
        for statement in VERSION_1:
            old.execute(statement)
        rows = [(1, each["type"], orjson.dumps(each)) for each in LIVE]
        old.executemany("INSERT INTO records (version, type, body) VALUES (?, ?, ?)", rows)
        old.execute("PRAGMA user_version = 1")
        old.commit()
    assert b"Ana Sample" in path.read_bytes()
    with closing(SqliteEventLog(path)) as log:
        assert everything(log) == LIVE
    assert not [each for each in SECRETS if each.encode() in all_bytes(tmp_path)]


def test_a_log_without_its_keys_is_read_without_what_was_sealed(folder: Path) -> None:
    (folder / "keys.sqlite").unlink()
    with closing(SqliteEventLog(folder / "log.sqlite", read_only=True)) as log:
        found = everything(log)
    assert "Ana Sample" not in str(found)
    assert len(found) == len(LIVE) + len(BATCHES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyRing]:
    with closing(KeyRing(tmp_path_factory.mktemp("keys") / "keys.sqlite", durability="normal")) as ring:
        yield ring


@settings(deadline=None)
@given(st.sampled_from(sorted(PERSONAL)), IDS, IDS, JSON, JSON)
def test_any_event_opens_to_what_it_was(
    ring: KeyRing, kind: str, event_id: str, who: str, first: Any, second: Any
) -> None:
    values = dict(zip(PERSONAL[kind], (first, second), strict=False))
    told = {"event_id": event_id, "type": kind, "at": None, "user_id": who, "post_id": who, **values}
    sealed = seal_event(told, ring)
    assert not [name for name in values if sealed.get(name) not in (None, {})]
    assert open_event(sealed, ring) == told
