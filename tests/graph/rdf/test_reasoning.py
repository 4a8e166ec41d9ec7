"""Reasoning: the closure of an obvious oracle, with its provenance, gone when its cause has gone."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidValue, UnreadableFile
from graph.folder import DataFolder
from graph.log.project import project
from graph.rdf.reasoning import reason
from graph.rdf.rules import read_rules, shipped_rules

Fact = tuple[str, str, str]
THINGS = st.sampled_from(["Entity:a", "Entity:b", "Product:c", "Tag:d"])
PREDICATES = ("part of", "near", "has part", "beside")
FACTS = st.lists(st.tuples(THINGS, st.sampled_from(PREDICATES), THINGS), max_size=8)
DECLARED = [
    ("part of", {"transitive": True, "inverse": ["has part"]}),
    ("near", {"symmetric": True}),
    ("beside", {"parents": ["near"]}),
    ("has part", {}),
]


def told(folder: DataFolder, facts: list[Fact], at: int) -> None:
    """The graph with just these facts; things that have none any more are told so."""
    with folder.owned(), closing(folder.open_log()) as log, closing(folder.open_store()) as store:
        by_thing: dict[str, dict[str, list[str]]] = {
            thing: {} for thing in ("Entity:a", "Entity:b", "Product:c", "Tag:d")
        }
        for source, predicate, target in facts:
            by_thing[source].setdefault(predicate, []).append(target)
        events: list[dict[str, Any]] = [
            {"event_id": f"p{at}{name}", "type": "predicate", "predicate_id": name, "at": at, "properties": properties}
            for name, properties in DECLARED
        ]
        for thing, known in by_thing.items():
            label, _, node_id = thing.partition(":")
            kind = label.lower()
            related = {"shop": known} if known else None
            before = (store.properties(label, node_id) or {}).get("related") or {}
            kept = {origin: each for origin, each in before.items() if origin != "shop"} | (related or {})
            events.append({"event_id": f"t{at}{thing}", "type": kind, f"{kind}_id": node_id, "at": at,
                           "properties": {"related": kept or None}})  # fmt: skip
        log.append(events)
        project(log, store)


def kept(folder: DataFolder) -> dict[str, set[Fact]]:
    """Facts by origin."""
    found: dict[str, set[Fact]] = {}
    with closing(folder.open_store(read_only=True)) as store:
        for thing in ("Entity:a", "Entity:b", "Product:c", "Tag:d"):
            label, _, node_id = thing.partition(":")
            for origin, each in ((store.properties(label, node_id) or {}).get("related") or {}).items():
                facts = {(thing, predicate, target) for predicate, named in each.items() for target in named}
                found.setdefault(origin, set()).update(facts)
    return found


def closure(facts: set[Fact]) -> set[Fact]:
    """Oracle: everything that follows, by trying all rules on all facts until nothing is new."""
    known = set(facts)
    while True:
        fresh = {(a, "part of", d) for a, p, b in known for c, q, d in known if (p, q, b) == ("part of", "part of", c)}
        fresh = {each for each in fresh if each[0] != each[2]}
        fresh |= {(b, "near", a) for a, p, b in known if p == "near"}
        fresh |= {(a, "near", b) for a, p, b in known if p == "beside"}
        fresh |= {(b, "has part", a) for a, p, b in known if p == "part of"}
        fresh |= {(b, "part of", a) for a, p, b in known if p == "has part"}
        if fresh <= known:
            return known
        known |= fresh


@given(first=FACTS, second=FACTS)
@settings(max_examples=30, deadline=None)
def test_what_is_inferred_is_the_closure_of_what_is_stated_now(first, second):
    with TemporaryDirectory() as place:
        folder = DataFolder(Path(place) / "data")
        for at, facts in enumerate((first, second), 1):
            told(folder, facts, at * 10_000)
            counted = reason(folder, shipped_rules(), now=datetime.fromtimestamp(at * 10 + 5, UTC))
            found = kept(folder)
            stated = found.pop("shop", set())
            assert stated == set(facts)
            assert all(origin.startswith("inferred:") for origin in found)
            inferred = set().union(*found.values())
            assert inferred == closure(stated) - stated
            assert sum(counted.inferred.values()) == len(inferred)
        assert reason(folder, shipped_rules()).changed == 0, "a second time nothing changes"


def test_rules_of_ones_own_are_kept_under_their_names(tmp_path):
    folder = DataFolder(tmp_path / "data")
    told(folder, [("Product:c", "near", "Entity:a"), ("Tag:d", "near", "Entity:a")], 5)
    rules = tmp_path / "own.rq"
    rules.write_text(
        "# rule: kin\nPREFIX p: <urn:tastegraph:predicate:>\n"
        "CONSTRUCT { ?x p:kin ?y } WHERE { ?x p:near ?z . ?y p:near ?z FILTER(?x != ?y) }\n",
        encoding="utf-8",
    )
    counted = reason(folder, read_rules(rules))
    assert counted.inferred == {"kin": 2}
    assert kept(folder)["inferred:kin"] == {("Product:c", "kin", "Tag:d"), ("Tag:d", "kin", "Product:c")}
    reason(folder, ())
    assert "inferred:kin" not in kept(folder)


def test_a_dry_run_changes_nothing(tmp_path):
    folder = DataFolder(tmp_path / "data")
    told(folder, [("Product:c", "near", "Entity:a")], 5)
    assert reason(folder, shipped_rules(), dry_run=True).inferred["symmetric"] == 1
    assert set(kept(folder)) == {"shop"}


def test_rules_that_never_end_are_stopped(tmp_path, monkeypatch):
    folder = DataFolder(tmp_path / "data")
    told(folder, [("Product:c", "near", "Entity:a")], 5)
    rules = tmp_path / "own.rq"
    rules.write_text(
        '# rule: grow\nCONSTRUCT { ?y <urn:next> ?x } WHERE { ?x ?p ?z BIND(IRI(CONCAT(STR(?x), "x")) AS ?y) }',
        encoding="utf-8",
    )
    with pytest.raises(InvalidValue, match="rounds"):
        reason(folder, read_rules(rules))
    assert set(kept(folder)) == {"shop"}


@pytest.mark.parametrize(
    ("text", "reason_given"),
    [
        ("CONSTRUCT {} WHERE {}", "has no rule"),
        ("# rule: x\nSELECT * { ?a ?b ?c }", "is a CONSTRUCT query"),
        ("# rule: x\nCONSTRUCT { ?a", "is no query"),
        ("# rule: a b\nCONSTRUCT WHERE { ?a ?b ?c }", "no name of a rule"),
        ("# rule: x\nCONSTRUCT WHERE { ?a ?b ?c }\n# rule: x\nCONSTRUCT WHERE { ?a ?b ?c }", "names two"),
        ("# rule: x\nCONSTRUCT { ?a ?b ?c } WHERE { SERVICE <http://x/> { ?a ?b ?c } }", "SERVICE"),
    ],
)
def test_files_that_are_no_rules_are_refused(tmp_path, text, reason_given):
    path = tmp_path / "own.rq"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=reason_given):
        read_rules(path)
