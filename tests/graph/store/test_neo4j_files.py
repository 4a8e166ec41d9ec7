"""Files for Neo4j's offline import hold the whole graph; test_neo4j_import.py has a real server take them."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from graph.errors import InvalidValue, StoreUnavailable
from graph.schema import EDGES, NODES, Keeping, Type
from graph.store.neo4j import files
from graph.store.neo4j.files import ImportFiles, write_import_files
from graph.store.sqlite import NEWEST_COUNTS, SqliteGraphStore
from tests.contracts.events import EVENT_SETS
from tests.graph.store.following import follow
from tests.oracles.plain_graph import PlainGraph, read_out

FOLLOWED = {"type": "followed", "user_id": "ann", "other_id": "bob", "at": 7}
Record = dict[str, Any]


@contextmanager
def written(events: Sequence[Record], **options: Any) -> Iterator[tuple[SqliteGraphStore, Path, ImportFiles]]:
    with TemporaryDirectory() as name:
        store = SqliteGraphStore(Path(name) / "store.sqlite", durability="normal")
        follow(store, [{"event_id": f"e{number}", **event} for number, event in enumerate(events)])
        folder = Path(name) / "files"
        yield store, folder, write_import_files(store, folder, **options)
        store.close()


def arguments(folder: Path) -> list[str]:
    """What the script gives to neo4j-admin."""
    run = subprocess.run(
        [folder / "import.sh", "--verbose"], env={"NEO4J_ADMIN": "printf %s\\n"}, capture_output=True, check=True
    )
    return run.stdout.decode().splitlines()


def fields(text: str) -> list[list[str | None]]:
    """CSV as the importer reads it: nothing at all is None, a pair of quotes is an empty text."""
    lines: list[list[str | None]] = [[]]
    for quoted, plain, end in re.findall(r'("(?:[^"]|"")*"|)([^",\n]*)(,|\n)', text):
        lines[-1].append(quoted[1:-1].replace('""', '"') if quoted else plain or None)
        if end == "\n":
            lines.append([])
    return lines[:-1]


def sheets(folder: Path) -> Iterator[tuple[str, str, list[Record]]]:
    """Kind, label or type, and records of each sheet that the script names."""
    given = arguments(folder)
    between = next(each.split("=")[1] for each in given if each.startswith("--array-delimiter="))
    between = chr(int(f"0x{between[2:]}", 0)) if between.startswith("U+") else between
    for argument in given:
        found = re.fullmatch(r"--(nodes|relationships)=(\w+)=(.+)", argument)
        if found:
            text = "".join(read(folder / name) for name in found[3].split(","))
            header, *lines = fields(text)
            yield found[1], found[2], [record(header, line, between) for line in lines]


def read(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()


def record(header: Sequence[str | None], line: Sequence[str | None], between: str) -> Record:
    assert len(header) == len(line)
    found: Record = {}
    for column, value in zip(header, line, strict=True):
        assert column is not None
        name, _, kind = column.partition(":")
        if kind.startswith(("START_ID", "END_ID")):
            found[kind.partition("_")[0]] = (kind.partition("(")[2][:-1], int(value or ""))
        elif value is not None:
            kinds = {"string": str, "double": float, "boolean": lambda text: text == "true"}
            found[name] = value.split(between) if kind == "string[]" else kinds.get(kind, int)(value)  # type: ignore[operator]
    return found


def graph_of(folder: Path) -> tuple[PlainGraph, dict[str, list[str | None]]]:
    """The graph that the files hold, and the ids of each label by row."""
    every = list(sheets(folder))
    (bookkeeping,) = next(records for _, of, records in every if of == "TastegraphStore")
    rows: dict[str, list[str | None]] = {label: [None] * bookkeeping[f"rows_{label}"] for label in NODES}
    graph = PlainGraph()
    for kind, of, records in every:
        if kind == "nodes" and of in NODES:
            for each in records:
                rows[of][each["row"]] = each["id"]
                take_node(graph, of, each)
    for label, ids in rows.items():
        if present := {each for each in ids if each is not None}:
            graph.ids[label] = present
        if None in ids:
            graph.empty_rows[label] = ids.count(None)
    for kind, of, records in every:
        if kind == "relationships" and not of.startswith("ENDED_") and records:
            key = (records[0]["START"][0], of, records[0]["END"][0])
            if edges := edges_of(key, records, rows):
                graph.edges[key] = edges
    return graph, rows


def take_node(graph: PlainGraph, label: str, each: Record) -> None:
    if each.get("deleted"):
        graph.ended.setdefault(label, set()).add(each["id"])
    known = {name: [] for name in each.get("_empty", ())}
    for declared in NODES[label].properties:
        if declared.name in each:
            value = each[declared.name]
            known[declared.name] = json.loads(value) if declared.type is Type.JSON else value
    if known:
        graph.properties[label, each["id"]] = known


def edges_of(key: tuple[str, str, str], records: list[Record], rows: dict[str, list[str | None]]) -> Counter[Any]:
    edge = EDGES[key]
    if edge.type in NEWEST_COUNTS:
        newest: dict[Any, Record] = {}
        for each in sorted(records, key=lambda each: (each.get("at", -1), each["event_id"])):
            newest[each["START"], each["END"]] = each
        records = list(newest.values())
    if edge.type == "INTERACTED":  # who shares with themselves is kept, and is no tie
        records = [each for each in records if each["count"]]
    at = "last_at" if edge.keeping is Keeping.PAIR else "at"
    return Counter(
        (
            rows[key[0]][each["START"][1]],
            rows[key[2]][each["END"][1]],
            each.get(at, -1),
            each.get("value") if edge.type in NEWEST_COUNTS else None,
            each.get("count"),
        )
        for each in records
    )


@settings(max_examples=120, deadline=None)
@given(events=EVENT_SETS)
def test_the_files_hold_the_graph_and_its_rows(events):
    with written(events) as (store, folder, _):
        graph, rows = graph_of(folder)
        assert graph == read_out(store)
        assert rows == {label: [each for batch in store.node_ids(label) for each in batch] for label in NODES}


@settings(max_examples=60, deadline=None)
@given(events=EVENT_SETS)
def test_the_files_say_when_each_property_was_written_removals_included(events):
    told: dict[tuple[str, str], dict[str, tuple[int, str]]] = defaultdict(dict)
    erased = {event["user_id"] for event in events if event["type"] == "erased"}
    for event in events:
        label = {"product": "Product", "category": "Category", "user": "User"}.get(event["type"])
        node = None if label is None else event[f"{event['type']}_id"]
        if label is None or (label == "User" and node in erased):
            continue
        register = (-1 if event["at"] is None else event["at"], event["event_id"])
        names = ["touched", *event["properties"]]
        if (attributes := event["properties"].get("attributes", ())) is not None and "attributes" in names:
            names.remove("attributes")
            names += [f"attributes.{name}" for name in attributes]
        for name in names:
            told[label, node][name] = max(told[label, node].get(name, (-2, "")), register)
    with written(events) as (_, folder, _):
        found = {
            (of, each["id"]): {k: tuple(v) for k, v in json.loads(each["_clocks"]).items() if k != "ended"}
            for kind, of, records in sheets(folder)
            if kind == "nodes" and of in {"User", "Product", "Category"}
            for each in records
            if "_clocks" in each
        }
    assert {node: clocks for node, clocks in found.items() if clocks} == told


def test_a_pair_that_no_longer_stands_is_of_another_type():
    ended = {"type": "unfollowed", "user_id": "bob", "other_id": "ann", "at": 9}
    with written([FOLLOWED, {**FOLLOWED, "at": None}, ended]) as (_, folder, report):
        found = {of: records for kind, of, records in sheets(folder) if kind == "relationships"}
    ann, bob = ("User", 0), ("User", 1)
    assert found == {
        "FOLLOWS": [
            {
                "START": ann,
                "END": bob,
                "count": 2,
                "first_at": 7,
                "last_at": 7,
                "since": 7,
                "_at": 7,
                "_event_id": "e0",
            }
        ],
        "ENDED_FOLLOWS": [{"START": bob, "END": ann, "count": 0, "since": 9, "_at": 9, "_event_id": "e2"}],
    }
    assert report.relationships == {"FOLLOWS": 1, "ENDED_FOLLOWS": 1}
    assert report.rows == 4


def test_ties_keep_their_direct_part_apart():
    with written(
        [
            {"type": "posted", "user_id": "bob", "post_id": "q", "at": 1},
            {"type": "commented", "user_id": "ann", "post_id": "q", "at": 9, "text": "oh"},
            {"type": "messaged", "user_id": "ann", "other_id": "bob", "at": 3},
        ]
    ) as (_, folder, _):
        (ties,) = (records for _, of, records in sheets(folder) if of == "INTERACTED")
    (tie,) = ties
    assert (tie["count"], tie["last_at"], tie["direct_count"], tie["direct_last_at"]) == (2, 9, 1, 3)


def test_the_store_node_says_how_far_it_is():
    with written([FOLLOWED, {"type": "erased", "user_id": "bob", "at": 9}]) as (store, folder, report):
        found = {of: records for kind, of, records in sheets(folder)}
        (node,) = found["TastegraphStore"]
        assert (node["name"], node["position"], node["rows_User"], node["rows_Post"]) == ("store", "2", 2, 0)
        assert report.position == store.position() == "2"
        assert [(each["label"], each["row"], len(each["key"])) for each in found["Erased"]] == [("User", 1, 32)]


def test_every_character_survives():
    nasty = "a \"b\", 'c'\\ ;|~\t\r\nd\x00é🦊"
    product = {"type": "product", "product_id": nasty, "at": 1, "properties": {"title": nasty, "tags": ["a;b", "c|~"]}}
    rated = {"type": "rated", "user_id": nasty, "product_id": nasty, "value": 10 / 3, "text": nasty}
    with written([product, rated]) as (store, folder, _):
        assert graph_of(folder)[0].properties == read_out(store).properties
        (rating,) = next(records for _, of, records in sheets(folder) if of == "RATED")
        assert (rating["value"], rating["text"]) == (10 / 3, nasty)
        assert "--multiline-fields=true" in arguments(folder)
        assert "--array-delimiter=U+E000" in arguments(folder)


def test_the_importer_is_told_of_line_breaks_only_where_there_are_some():
    with written([FOLLOWED]) as (_, folder, _):
        assert not any("multiline" in each for each in arguments(folder))


def test_parts_written_by_several_processes_are_the_same(monkeypatch):
    many = [{**FOLLOWED, "user_id": f"u{n}", "other_id": f"u{n * 7 % 60}"} for n in range(1, 60)]
    with written(many) as (_, whole, _):
        expected = {(kind, of): records for kind, of, records in sheets(whole)}
    monkeypatch.setattr(files, "PART_BYTES", 50_000)
    with written(many, processes=2, compress=True) as (_, folder, report):
        assert {(kind, of): records for kind, of, records in sheets(folder)} == expected
        assert report.files > 4
        assert all(name.suffixes[-1] == ".gz" for name in folder.glob("*-[0-9]*.csv*"))


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "mine").touch()
    store = SqliteGraphStore(tmp_path / "store.sqlite")
    with pytest.raises(InvalidValue, match="has something in it"):
        write_import_files(store, tmp_path / "files")
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["files"]


def test_nothing_is_left_of_files_that_could_not_be_written(tmp_path, monkeypatch):
    (tmp_path / "taken").touch()
    store = SqliteGraphStore(tmp_path / "store.sqlite")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        write_import_files(store, tmp_path / "taken" / "files")
    monkeypatch.setattr(files, "_write_erased", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_import_files(store, tmp_path / "files")
    store.close()
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_progress_goes_up_to_the_end():
    told: list[float] = []
    with written([FOLLOWED], progress=lambda done, _: told.append(done)):
        assert told == sorted(told)
        assert told[-1] == 1.0
