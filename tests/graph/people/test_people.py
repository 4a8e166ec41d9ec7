"""A person is given out whole, and taken out whole, wherever something of them lies."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import StoreUnavailable, UnknownNode
from graph.folder import DataFolder
from graph.log.events import check_event
from graph.log.project import project
from graph.model import EventBatch, NodeBatch
from graph.people.erase import erase_person
from graph.people.erasures import Erasure, Erasures
from graph.people.export import export_person
from graph.people.known import people_in
from graph.people.scrub import names
from graph.store.sqlite import SqliteGraphStore
from tests.contracts.events import EVENT_SETS
from tests.oracles.plain_graph import read_out

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT = "2026-11-22T10:00:00Z"
EVENTS: list[dict[str, Any]] = [
    {"type": "user", "user_id": "ana", "properties": {"display_name": "Ana", "joined_at": AT, "size": 38}},
    {"type": "rated", "user_id": "ana", "product_id": "shoe", "value": 4, "text": "fits well"},
    {"type": "liked", "user_id": "ana", "product_id": "hat"},
    {"type": "unliked", "user_id": "ana", "product_id": "hat"},
    {"type": "searched", "user_id": "ana", "text": "red boots"},
    {"type": "posted", "user_id": "ana", "post_id": "p1", "text": "look"},
    {"type": "followed", "user_id": "bo", "other_id": "ana"},
    {"type": "shared", "user_id": "bo", "product_id": "shoe", "with": ["ana", "cy"]},
    {"type": "rated", "user_id": "bo", "product_id": "shoe", "value": 2},
]


def tell(folder: DataFolder, *events: dict[str, Any]) -> None:
    with folder.owned(), closing(folder.open_log()) as log, closing(folder.open_store()) as store:
        numbered = ({"event_id": f"e{number}", "at": AT, **each} for number, each in enumerate(events))
        log.append([check_event(each, NOW) for each in numbered])
        project(log, store)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    tell(folder, *EVENTS)
    return folder


def test_an_export_tells_everything_in_the_words_of_the_interface(folder: DataFolder) -> None:
    held = export_person(folder, "ana", NOW)
    assert json.loads(json.dumps(held)) == held
    assert held["properties"] == {"display_name": "Ana", "joined_at": AT, "attributes": {"size": 38}}
    assert [each["event_id"] for each in held["events"]] == [f"e{number}" for number in range(8)]
    assert {each["at"] for each in held["events"]} == {AT}
    assert held["posts"] == [{"id": "p1", "properties": {"text": "look", "at": AT}}]
    edges = {(each["type"], each["direction"], each["id"]): each for each in held["edges"]}
    assert set(edges) == {
        ("RATED", "outgoing", "shoe"),
        ("LIKED", "outgoing", "hat"),
        ("POSTED", "outgoing", "p1"),
        ("FOLLOWS", "incoming", "bo"),
        ("INTERACTED", "incoming", "bo"),
    }
    rated = edges["RATED", "outgoing", "shoe"]
    assert (rated["value"], rated["text"], rated["at"]) == (4.0, "fits well", AT)
    assert edges["LIKED", "outgoing", "hat"]["stands"] is False


def test_an_export_of_nobody_is_refused(folder: DataFolder) -> None:
    with pytest.raises(UnknownNode):
        export_person(folder, "nobody", NOW)


def test_an_erasure_counts_what_was_there(folder: DataFolder) -> None:
    erased = erase_person(folder, "ana", NOW)
    assert erased.removed.events == 8
    assert erased.removed.edges == {"RATED": 1, "LIKED": 1, "POSTED": 1, "FOLLOWS": 1, "INTERACTED": 1}
    assert (erased.removed.properties, erased.removed.posts) == (3, 1)
    assert (erased.again, erased.waiting) == (False, None)
    with pytest.raises(UnknownNode):
        export_person(folder, "ana", NOW)


def test_people_who_were_only_mentioned_can_be_erased(folder: DataFolder) -> None:
    assert erase_person(folder, "cy", NOW).removed.events == 1
    with closing(folder.open_log()) as log:
        assert "cy" not in {each for record in log.read(None) if record.type != "erased" for each in str(record.body)}
        assert set(people_in(log)) == {"ana", "bo", "cy"}  # the erasure itself has to name them


def test_what_is_told_of_an_erased_person_later_goes_with_the_next_erasure(folder: DataFolder) -> None:
    erase_person(folder, "ana", NOW)
    tell(folder, {"event_id": "late", "type": "liked", "user_id": "ana", "product_id": "shoe"})
    again = erase_person(folder, "ana", NOW + timedelta(days=1))
    assert (again.again, again.removed.events, again.removed.edges) == (True, 1, {})
    assert again.erasure.at == erase_person(folder, "ana", NOW).erasure.at


def unreachable(_path: Path, /, *, durability: str, read_only: bool) -> NoReturn:
    raise StoreUnavailable("bolt://nowhere", "it does not answer")


def test_a_store_out_of_reach_follows_when_it_is_back(folder: DataFolder) -> None:
    erased = erase_person(DataFolder(folder.path, unreachable), "ana", NOW)
    assert erased.waiting is not None
    assert erased.removed.events == 8
    with closing(folder.open_store()) as store:
        assert store.properties("User", "ana") is not None
    assert erase_person(folder, "ana", NOW).waiting is None
    with closing(folder.open_store()) as store:
        assert store.properties("User", "ana") is None


@settings(max_examples=40, deadline=None)
@given(EVENT_SETS, st.data())
def test_the_rewritten_log_makes_the_graph_that_the_store_has_after_an_erasure(events: Any, data: Any) -> None:
    with TemporaryDirectory() as place:
        folder = DataFolder(Path(place))
        options: dict[str, Any] = {"durability": "normal"}
        with closing(folder.open_log(**options)) as log, closing(folder.open_store(**options)) as store:
            log.append(events)
            project(log, store)
            people = sorted({each for batch in store.node_ids("User") for each in batch if each is not None})
            person = data.draw(st.sampled_from([*people, "nobody"]))
            with suppress(UnknownNode):
                erase_person(folder, person, NOW)
        again = SqliteGraphStore(Path(place) / "again.sqlite", durability="normal")
        with closing(folder.open_log()) as log, closing(folder.open_store()) as store, closing(again):
            project(log, again)
            assert [each["type"] for each in log.about(person) if each["type"] != "erased"] == []
            made, kept = read_out(again), read_out(store)
        assert made.edges == kept.edges
        assert all(ids <= kept.ids[label] for label, ids in made.ids.items())
        assert all(values == kept.properties[node] for node, values in made.properties.items())


def test_rows_of_rejects_and_reports_that_name_them_go(folder: DataFolder) -> None:
    folder.rejects.mkdir()
    folder.reports.mkdir()
    rows = [{"line": 1, "row": {"who": "ana", "name": "Ana Q"}}, {"line": 2, "row": {"who": "bo"}}, {"row": "x,ana,3"}]
    (folder.rejects / "a.jsonl").write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in rows))
    report = {"import": "a", "files": [{"file": "f", "samples": rows}]}
    (folder.reports / "a.json").write_bytes(orjson.dumps(report))
    assert export_person(folder, "ana", NOW)["rejected_rows"] == [rows[0], rows[2]]
    assert erase_person(folder, "ana", NOW).removed.rows == 4
    assert (folder.rejects / "a.jsonl").read_bytes() == orjson.dumps(rows[1]) + b"\n"
    assert json.loads((folder.reports / "a.json").read_bytes())["files"][0]["samples"] == [rows[1]]


@pytest.mark.parametrize(
    ("value", "found"),
    [("4", True), (4, True), ({"a": ["4"]}, True), ("a,4,b", True), ("44", False), ({"4": 1}, False), (4.5, False)],
)
def test_an_id_is_found_as_a_value_or_a_word(value: Any, found: bool) -> None:
    assert names(value, "4") is found


def test_the_list_of_erasures_comes_back_as_it_was_written(tmp_path: Path) -> None:
    erasures = Erasures(tmp_path / "list")
    assert erasures.all() == ()
    told = [Erasure.of(user_id, NOW) for user_id in ("ana", 'b"o\n', "ç😀")]
    for each in told:
        erasures.add(each)
    assert list(erasures.all()) == told
    erasures.write(each.done() for each in told)
    assert b"ana" not in (tmp_path / "list").read_bytes()
    assert erasures.find("ana") == told[0].done()
    assert erasures.waiting() == ()


@pytest.mark.parametrize("text", ["x", "{}", '{"key": "a"}', "[1]"])
def test_a_list_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "list").write_text(text)
    with pytest.raises(StoreUnavailable):
        Erasures(tmp_path / "list").all()


ERASE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from graph.folder import DataFolder
from graph.people.erase import erase_person
print("ready", flush=True)
sys.stdin.readline()
erase_person(DataFolder(Path(sys.argv[1])), "person-0", datetime.now(UTC))
"""


def killed_erasure(folder: DataFolder, after_s: float) -> None:
    """Begin to erase ``person-0`` in a process that is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", ERASE, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    process.stdin.write(b"\n")
    process.stdin.flush()
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.mark.slow
def test_an_erasure_killed_at_any_moment_is_finished_by_the_next(tmp_path: Path) -> None:
    people = [f"person-{number}" for number in range(200)]
    rng = random.Random(5)
    for attempt in range(16):
        folder = DataFolder(tmp_path / f"data{attempt}")
        with closing(folder.open_log()) as log, closing(folder.open_store()) as store:
            with log.bulk(["f"], "ab" * 32) as record:
                ids = [f"n{each}" for each in people]
                record.add_nodes(NodeBatch("User", ids, people, [0] * 200, {"display_name": people}))
                fields = {"other_id": people[1:] + people[:1]}
                record.add_events(EventBatch("followed", [f"f{each}" for each in people], people, [0] * 200, fields))
            log.append([check_event({"type": "searched", "user_id": each, "text": "boots"}, NOW) for each in people])
            project(log, store)
        killed_erasure(folder, rng.uniform(0, 0.08))
        erase_person(folder, people[0], NOW)
        with pytest.raises(UnknownNode):
            export_person(folder, people[0], NOW)
        with closing(folder.open_log()) as log, closing(folder.open_store()) as store:
            assert [each["type"] for each in log.about(people[0])][:1] == ["erased"]
            assert len(list(log.about(people[1]))) == 3  # described, following person-2, searching
            assert store.properties("User", people[1]) == {"display_name": people[1]}
        named = [each for each in folder.imports.rglob("*.arrow") if people[0] in str(table_of(each).to_pylist())]
        assert named == []


def table_of(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.py_buffer(path.read_bytes())).read_all()
