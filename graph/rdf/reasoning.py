"""What follows from knowledge: rules are applied until nothing is new, and their findings kept.

An inferred fact is a RELATED edge whose origin is ``inferred:RULE``. All is inferred anew from what is stated, and
so a conclusion goes when its cause has gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pyoxigraph as ox

from graph.errors import InvalidValue
from graph.folder import DataFolder
from graph.load.loading import write_described
from graph.load.report import FileReport, LoadReport, RejectFile
from graph.load.rows import BATCH
from graph.load.run import ID_LENGTH, carry_out
from graph.load.sink import Sink
from graph.log.events import milliseconds
from graph.progress import Progress, silent
from graph.rdf import terms
from graph.rdf.export import Writing
from graph.rdf.ontology import shipped
from graph.rdf.rules import Rule
from graph.rdf.terms import Names
from graph.schema import INFERRED, KNOWN, RELATED
from graph.store.port import GraphStore

ROUNDS = 100
"""After so many rounds rules are taken not to end."""

MOST_FACTS = 20_000_000

Related = dict[str, dict[str, list[str]]]
"""Targets by origin and predicate, as a node's property has them."""


@dataclass(slots=True)
class Reasoned:
    """What was inferred.

    Attributes:
        inferred: facts by the rule that found them first.
        changed: nodes of which something else is inferred than before.
        left_out: conclusions that join no two things that knowledge joins, such as texts.
        rounds: how often the rules were applied.
    """

    inferred: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    left_out: int = 0
    rounds: int = 0

    def as_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "inferred": self.inferred,
            "changed": self.changed,
            "left_out": self.left_out,
            "rounds": self.rounds,
        }


def reason(
    folder: DataFolder,
    rules: Sequence[Rule],
    *,
    dry_run: bool = False,
    progress: Progress = silent,
    now: datetime | None = None,
) -> Reasoned:
    """Infer from what is stated, and keep it in log and store.

    Rules see things and what is known of them, and no people.

    Args:
        folder: whose graph.
        rules: applied in their order, until nothing is new.
        dry_run: count only.
        progress: told the part that is done.
        now: when it was inferred.

    Returns:
        How much each rule found.

    Raises:
        InvalidValue: the rules do not end, or infer too much.
        StoreLocked: another process owns the folder.
    """
    names = Names()
    with closing(folder.open_store(read_only=True)) as store:
        told = Reasoned()
        progress(0.0, "reading knowledge")
        facts = _stated(store, names)
        found = _closure(facts, rules, told, progress)
        related = _by_node(found, names, told)
        changed = list(_changed(store, related))
        told.changed = len(changed)
    if changed and not dry_run:
        content = sha256(orjson.dumps(changed) + str(now or datetime.now(UTC)).encode()).hexdigest()
        report = LoadReport(content[:ID_LENGTH], content)
        with folder.owned():
            carry_out(
                _Inferring(changed, report, milliseconds(now or datetime.now(UTC))), folder, ["inferred"], progress
            )
    progress(1.0, "done")
    return told


def _stated(store: GraphStore, names: Names) -> ox.Store:
    """Things and what is stated of them, in the default graph, and what our own terms mean."""
    facts = ox.Store()
    facts.load(shipped("ontology"), ox.RdfFormat.TURTLE)
    inferred = names.origin(INFERRED)
    with store.reading():
        writing = Writing(store, names, in_graphs=True, of_people=False)
        facts.bulk_extend(
            ox.Quad(each.subject, each.predicate, each.object)
            for each in writing.statements()
            if isinstance(each, ox.Quad)
            and not (isinstance(each.graph_name, ox.NamedNode) and each.graph_name.value.startswith(inferred))
        )
    return facts


def _closure(facts: ox.Store, rules: Sequence[Rule], told: Reasoned, progress: Progress) -> dict[ox.Triple, str]:
    """Every fact that follows, with the rule that found it first."""
    found: dict[ox.Triple, str] = {}
    told.inferred = {rule.name: 0 for rule in rules}
    for number in range(ROUNDS):
        before = len(found)
        for rule in rules:
            progress(min(0.9, 0.1 + 0.08 * number), f"round {number + 1}: {rule.name}, {len(found):,} facts")
            answer = facts.query(rule.query)
            assert isinstance(answer, ox.QueryTriples)
            fresh = {each for each in answer if ox.Quad(*each) not in facts}
            for each in fresh:
                found[each] = rule.name
                facts.add(ox.Quad(*each))
            if len(found) > MOST_FACTS:
                raise InvalidValue("rules", f"{rule.name} infers without end: more than {MOST_FACTS:,} facts")
        told.rounds = number + 1
        if len(found) == before:
            return found
    raise InvalidValue("rules", f"they still find something new after {ROUNDS} rounds")


def _by_node(found: Mapping[ox.Triple, str], names: Names, told: Reasoned) -> dict[tuple[str, str], Related]:
    related: dict[tuple[str, str], Related] = defaultdict(dict)
    for triple, rule in found.items():
        source, target = _node(triple.subject, names), _node(triple.object, names)
        if source is None or target is None:
            told.left_out += 1
            continue
        told.inferred[rule] += 1
        own = names.parsed(triple.predicate.value)
        predicate = own[1] if own is not None else triple.predicate.value
        of_rule = related[source].setdefault(INFERRED + rule, {})
        of_rule.setdefault(predicate, []).append(f"{target[0]}:{target[1]}")
    for each in related.values():
        for of_rule in each.values():
            for targets in of_rule.values():
                targets.sort()
    return related


def _node(term: Any, names: Names) -> tuple[str, str] | None:
    """A thing that knowledge joins; an IRI that is none of ours is an entity."""
    if not isinstance(term, ox.NamedNode):
        return None
    own = names.parsed(term.value)
    if own is not None:
        return own if own[0] in KNOWN else None
    return None if term.value.startswith(terms.TERMS) else ("Entity", term.value)


def _changed(store: GraphStore, related: dict[tuple[str, str], Related]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Label, id and new knowledge of each node of which something else is inferred than before."""
    for label in KNOWN:
        ids = [each for batch in store.node_ids(label) for each in batch]
        known = {ids[row]: value for row, value in _values(store, label)}
        for node_id in sorted({*known, *(other for kind, other in related if kind == label)} - {None}, key=str):
            before: Related = known.get(node_id) or {}
            stated = {origin: told for origin, told in before.items() if not origin.startswith(INFERRED)}
            after = stated | dict(sorted(related.get((label, str(node_id)), {}).items()))
            if after != before:
                yield label, str(node_id), after


def _values(store: GraphStore, label: str) -> Iterator[tuple[int, Related]]:
    for rows, values in store.property_values(label, RELATED.name):
        yield from zip(rows, values, strict=True)


class _Inferring:
    """Writes what changed; `graph.load.run.carry_out` runs it."""

    def __init__(self, changed: list[tuple[str, str, dict[str, Any]]], report: LoadReport, now_ms: int) -> None:
        self.report = report
        self._changed = changed
        self._now_ms = now_ms

    def run(self, sink: Sink, store: GraphStore | None, rejects: RejectFile | None) -> None:  # noqa: ARG002
        """Write everything."""
        for label in KNOWN:
            told = [(node_id, related) for kind, node_id, related in self._changed if kind == label]
            batches = (
                ([node_id for node_id, _ in part], [{RELATED.name: related} for _, related in part])
                for part in (told[first : first + BATCH] for first in range(0, len(told), BATCH))
            )
            write_described(label, batches, sink, None, self._now_ms)
        kept = len(self._changed)
        self.report.files.append(FileReport("inferred", "knowledge", read=kept, kept=kept))
