"""What is exported comes back as it was, in every format."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from graph.folder import DataFolder
from graph.rdf.export import export_rdf
from graph.rdf.formats import FORMATS
from graph.rdf.importing import import_rdf
from graph.rdf.terms import Names, edge_keys
from graph.schema import NODES
from graph.store.sqlite import SqliteGraphStore
from tests.contracts.events import EVENT_SETS
from tests.contracts.test_graph_store import apply, embedded
from tests.oracles.plain_graph import PlainGraph, read_out

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def exported(store: SqliteGraphStore, form: str, names: Names | None = None) -> bytes:
    out = BytesIO()
    export_rdf(store, out, form=form, names=names)
    return out.getvalue()


Records = dict[tuple[str, str, str], list[Any]]


def records_of(store: SqliteGraphStore) -> Records:
    """Everything that is kept of every edge, by ids."""
    ids = {label: [each for batch in store.node_ids(label) for each in batch] for label in NODES}
    found: Records = {}
    for key in edge_keys():
        for batch in store.records(key, 3):
            ends = zip(batch.source, batch.target, strict=True)
            named = [(ids[key[0]][source], ids[key[2]][target]) for source, target in ends]
            kept = [[repr(value) for value in column] for column in batch.columns.values()]
            found.setdefault(key, []).extend(zip(named, *kept, strict=True))
    return {key: sorted(each) for key, each in found.items()}


def imported(text: bytes, form: str, folder: Path, **more: Any) -> tuple[PlainGraph, Records]:
    path = folder / f"graph.{form}"
    path.write_bytes(text)
    data = DataFolder(folder / "data")
    report = import_rdf(path, data, form=form, now=NOW, **more)
    assert report.files[0].rejected == 0, report.files[0].samples
    store = data.open_store(read_only=True)
    try:
        return read_out(store), records_of(store)
    finally:
        store.close()


def without_what_rdf_does_not_say(graph: PlainGraph) -> PlainGraph:
    """Rows of the erased, ties through shares that were only counted once more, and empty values are not in RDF."""
    properties = {}
    for (label, node_id), told in graph.properties.items():
        kept = {name: sorted(value) if name in LISTS else value for name, value in told.items()}
        kept = {name: _plain(name, value) for name, value in kept.items()}
        kept = {name: value for name, value in kept.items() if value not in ([], {})}
        if kept:
            properties[label, node_id] = kept
    return replace(graph, empty_rows={}, properties=properties)


def posted_once(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a post that was published again and again it is not told which time spoke of which product."""
    posts: set[str] = set()
    return [e for e in events if e["type"] != "posted" or not (e["post_id"] in posts or posts.add(e["post_id"]))]


LISTS = ("categories", "tags", "parent", "parents", "inverse")


def _plain(name: str, value: Any) -> Any:
    if name != "related":
        return value
    told = {o: {p: sorted(set(ids)) for p, ids in each.items() if ids} for o, each in value.items()}
    return {origin: each for origin, each in told.items() if each}


@pytest.mark.parametrize("form", FORMATS)
@given(events=EVENT_SETS)
@settings(max_examples=40, deadline=None)
def test_an_export_comes_back_as_the_graph_that_it_was(form, events):
    with TemporaryDirectory() as place:
        folder = Path(place)
        store = embedded(folder)
        apply(store, posted_once(events))
        text = exported(store, form)
        before, records = without_what_rdf_does_not_say(read_out(store)), records_of(store)
        store.close()
        after, records_after = imported(text, form, folder)
        assert without_what_rdf_does_not_say(after) == before
        assert records_after == records
