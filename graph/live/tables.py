"""What happened since the snapshot, kept as the stores keep it: the newest ``(at, event_id)`` of everything stands.

One thing waits for the next snapshot: where a post has two authors of whom one is erased, ties of others to the other
author that only this post made go then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.live.edges import LiveEdges
from graph.live.nodes import ABSENT, LiveNodes
from graph.model import MISSING, NO_TIME
from graph.schema import ATTRIBUTES, EDGE_TYPES, EDGES, EVENT_TYPES, INFERRED, NODES, EdgeType, Keeping, Property
from graph.snapshot.actions import CODE_BITS, CODE_MASK, CODES, LAST_MINUTE, stamps
from graph.snapshot.layout import ACTED, TIMED_KEYS, EdgeKey, is_action
from graph.store.registers import Registers, Said
from graph.store.rows import ERASED, RowNumbers
from graph.store.values import RELATED_TYPE, facts, named_ids
from graph.store.writer import INTERACTED, POSTED, Mark, Rows, Times

MINUTE_MS = 60_000
NEVER = Said(NO_TIME - 1, "", stands=False)
TAKEN_BACK = frozenset(key for event in EVENT_TYPES if not event.stands for key in event.edges)
"""Edge sets whose pairs can cease to stand."""
STARS = ("RATED", "REVIEWED")
"""Relationship types of which the newest event of a pair stands."""
ON_POSTS = (EDGES["User", "COMMENTED", "Post"], EDGES["User", "LIKED", "Post"])
"""What ties somebody to the author of a post."""
ALL_CODES = np.uint64(0xFFFFFFFFFFFFFFFF)

REMEMBERED = 1 << 12
"""Pairs of one edge set whose newest event is remembered."""

Told = tuple[int, str, bool, float | None]
"""Time, event, whether the pair stands, and stars, as `graph.store.registers.Said`."""

Described = Callable[[str, int, str], None]
"""Told the label, row and name of a property that changed, or ``gone``."""


class LiveTables:
    """Implements `graph.store.writer.Tables` over a snapshot; one thread writes.

    Args:
        edges: gives an edge set to write to.
        nodes: the nodes.
        rows: gives ids their rows.
        registers: tells when what the snapshot holds was said.
        latest_minutes: time of the snapshot's newest edge.
        described: told what changed of which node.
    """

    def __init__(
        self,
        edges: Callable[[EdgeKey], LiveEdges],
        nodes: LiveNodes,
        rows: RowNumbers,
        registers: Registers,
        latest_minutes: int,
        described: Described,
    ) -> None:
        self._edges = edges
        self._nodes = nodes
        self._rows = rows
        self._registers = registers
        self._described = described
        self._pairs: dict[EdgeKey, dict[int, Told]] = {}
        self._horizon = latest_minutes
        self._said: dict[tuple[str, int, str], Said] = {}
        self._attributes: dict[tuple[str, int], dict[str, tuple[Said, Any]]] = {}
        self.latest_minutes = latest_minutes
        self.kinds: set[str] = set()
        self.change_count = 0
        """Changes of edges so far."""

    def add_pairs(
        self, edge: EdgeType, sources: Rows, targets: Rows, at: Times, event_ids: Sequence[str], *, stands: bool
    ) -> None:
        """Events of pairs."""
        if not len(sources):
            return
        if edge.key in TAKEN_BACK:
            said = zip(at, event_ids, repeat(stands), repeat(None))
            self._settle(edge, sources, targets, said)
            return
        if edge is INTERACTED:
            self._tie_people(zip(sources, targets, _stamps(edge, at).tolist(), strict=True))
            return
        self._raise(edge, np.array(sources, np.int32), np.array(targets, np.int32), _stamps(edge, at))
        if edge is POSTED:
            self._tie_all(sources, targets)
        elif edge in ON_POSTS:
            self._tie(sources, targets, _stamps(INTERACTED, at))

    def add_history(
        self,
        edge: EdgeType,
        sources: Rows,
        targets: Rows,
        at: Times,
        event_ids: Sequence[str],
        values: Sequence[Sequence[Any]],
    ) -> None:
        """One edge an event; of starred ones the newest stands."""
        if not len(sources):
            return
        if edge.type in STARS:
            stars = values[[each.name for each in edge.properties].index("value")]
            said = zip(at, event_ids, repeat(True), stars)
            self._settle(edge, sources, targets, said)
            return
        both = np.array(sources, np.int32), np.array(targets, np.int32)
        self._came(edge.key, _stamps(edge, at))
        self._set(edge).add(*both, _stamps(edge, at))
        if edge in ON_POSTS:
            self._tie(sources, targets, _stamps(INTERACTED, at))

    def mark(self, what: Mark, label: str, rows: Rows, at: Times, event_ids: Sequence[str]) -> None:
        """Nodes were described or ended."""
        for row, time, event_id in zip(rows, at, event_ids, strict=True):
            if row == ERASED:
                continue
            known = self._marked(what, label, row)
            if (time, event_id) > known[:2]:
                self._said[label, row, f".{what}"] = Said(time, event_id)
            gone = self._marked("ended", label, row)[:2] > self._marked("touched", label, row)[:2]
            self._nodes.set_gone(label, row, gone)
            self._described(label, row, "gone")

    def _marked(self, what: Mark, label: str, row: int) -> Said:
        known = self._said.get((label, row, f".{what}"))
        if known is None:
            before = row < self._nodes.base_count(label)
            found = self._registers.mark(what, label, row) if before else None
            if found is None and before and what == "ended" and self._nodes.was_gone(label, row):
                found = Said(NEVER.at, "\0")
            known = self._said[label, row, f".{what}"] = NEVER if found is None else found
        return known

    def set_properties(
        self, label: str, rows: Rows, at: Times, event_ids: Sequence[str], values: Mapping[str, Sequence[Any]]
    ) -> None:
        """Write columns of declared properties."""
        for name, column in values.items():
            declared = NODES[label].property(name)
            assert declared is not None, name
            changed = {}
            for row, time, event_id, value in zip(rows, at, event_ids, column, strict=True):
                if row == ERASED or value is MISSING:
                    continue
                said = Said(time, event_id)
                if declared == ATTRIBUTES:
                    self._describe_attributes(label, row, said, value)
                elif said[:2] > self._property_said(label, row, name)[:2]:
                    self._said[label, row, name] = said
                    changed[row] = value
            self._write(label, declared, changed)

    def _property_said(self, label: str, row: int, name: str) -> Said:
        known = self._said.get((label, row, name))
        if known is None and row < self._nodes.base_count(label):
            known = self._registers.property(label, row, name)
        return NEVER if known is None else known

    def _write(self, label: str, declared: Property, changed: Mapping[int, Any]) -> None:
        for row, value in changed.items():
            self._nodes.set_value(label, declared.name, row, value)
            self._described(label, row, declared.name)
        for edge in EDGE_TYPES:
            if changed and edge.source == label and edge.from_property == declared.name:
                self._derive(edge, changed)

    def _derive(self, edge: EdgeType, changed: Mapping[int, Any]) -> None:
        """Edges that properties stand for, instead of those that they stood for."""
        live = self._edges(edge.key)
        for row, value in changed.items():
            new = self._named(edge, value)
            out = live.adjacency.out
            old = set(zip(out.neighbours(row).tolist(), out.stamps_of(row).tolist(), strict=True))
            live.change(row, old - new, new - old)
            self.change_count += len(old ^ new)

    def _named(self, edge: EdgeType, value: Any) -> set[tuple[int, int]]:
        if edge.type != RELATED_TYPE:
            found = self._rows.find(edge.target, list(named_ids(edge, value)))
            return {(row, 0) for row in found if row is not None}
        stated: dict[tuple[int, int], bool] = {}
        for node_id, predicate, origin in facts(edge.target, value):
            (target,), (kind,) = self._rows.find(edge.target, [node_id]), self._rows.find("Predicate", [predicate])
            if target is not None and kind is not None:
                stated[target, kind] = stated.get((target, kind), False) or not origin.startswith(INFERRED)
        return {(target, kind << 1 | (not is_stated)) for (target, kind), is_stated in stated.items()}

    def _describe_attributes(self, label: str, row: int, said: Said, value: Mapping[str, Any] | None) -> None:
        told = self._attributes.setdefault((label, row), {})
        before = self._current(label, row, ATTRIBUTES.name) or {}
        for name in (*before, *(value or {})):
            if name not in told:
                told[name] = self._attribute_before(label, row, name, before.get(name))
        if value is None:
            if said[:2] > self._property_said(label, row, ATTRIBUTES.name)[:2]:
                self._said[label, row, ATTRIBUTES.name] = said
        else:
            told.update({name: (said, each) for name, each in value.items() if said[:2] > told[name][0][:2]})
        removed = self._property_said(label, row, ATTRIBUTES.name)[:2]
        standing = {
            name: each for name, (when, each) in sorted(told.items()) if each is not None and when[:2] > removed
        }
        self._nodes.set_value(label, ATTRIBUTES.name, row, standing or None)
        self._described(label, row, ATTRIBUTES.name)

    def _attribute_before(self, label: str, row: int, name: str, value: Any) -> tuple[Said, Any]:
        found = self._registers.attribute(label, row, name) if row < self._nodes.base_count(label) else None
        if found is None:
            found = NEVER if value is None else Said(NEVER.at, "\0")
        return found, value

    def _current(self, label: str, row: int, name: str) -> Any:
        value = self._nodes.value(label, name, row)
        return self._nodes.known(label, name, row) if value is ABSENT else value

    def erase_people(self, user_ids: Sequence[str]) -> None:
        """Empty the rows of people and of what they published."""
        for row in {each for each in self._rows.of("User", user_ids) if each != ERASED}:
            self.erase_posts(set(self._edges(POSTED.key).adjacency.out.neighbours(row).tolist()))
            self._empty("User", row)

    def erase_posts(self, rows: Collection[int]) -> None:
        """Empty the rows of posts."""
        for row in rows:
            self._empty("Post", row)

    def _empty(self, label: str, row: int) -> None:
        for key in dict.fromkeys(_key(edge) for edge in EDGE_TYPES if edge.keeping is not Keeping.DERIVED):
            if key[0] == label:
                self._edges(key).remove_all(row, outgoing=True)
            if key[2] == label:
                self._edges(key).remove_all(row, outgoing=False)
        self._nodes.erase(label, row)
        self._attributes.pop((label, row), None)
        self._described(label, row, "gone")

    def _settle(self, edge: EdgeType, sources: Rows, targets: Rows, said: Iterable[Told]) -> None:
        """Pairs of which the newest event says whether, and how, they stand."""
        packed = np.array(sources, np.int64) << 32 | np.array(targets, np.int64)
        newest: dict[int, Told] = {}
        for pair, each in zip(packed.tolist(), said, strict=True):
            other = newest.get(pair)
            if other is None or each[:2] > other[:2]:
                newest[pair] = each
        pairs = np.fromiter(newest, np.int64, len(newest))
        ends = (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
        there, old = self._set(edge).find(*ends, _codes(edge))
        self._meet_older(edge, newest, pairs, there, old)
        stands = np.fromiter((each[2] for each in newest.values()), np.bool_, len(newest))
        made = _stamps(edge, [each[0] for each in newest.values()], [each[3] for each in newest.values()])
        self._came(edge.key, made[stands])
        self._set(edge).exchange(*ends, there, old, stands, made)
        self._remember(edge, newest)

    def _meet_older(
        self,
        edge: EdgeType,
        newest: dict[int, Told],
        pairs: NDArray[np.int64],
        there: NDArray[np.bool_],
        old: NDArray[np.uint32],
    ) -> None:
        """Where something known is newer than what a batch says, let it stand.

        What is not remembered is asked for, but only where an event may be older: a pair that stands has a time, and
        one that does not was taken back, if ever, before the newest edge.
        """
        known = self._pairs.setdefault(edge.key, {})
        minutes = np.fromiter((each[0] for each in newest.values()), np.int64, len(newest)) // MINUTE_MS
        doubtful = minutes <= np.where(there, old >> np.uint32(CODE_BITS), self._horizon)
        for pair, is_doubtful, stands, stamp in zip(
            pairs.tolist(), doubtful.tolist(), there.tolist(), old.tolist(), strict=True
        ):
            before: Told | None = known.get(pair)
            if before is None and is_doubtful:
                before = self._before(edge, pair, stands, stamp)
            if before is not None and before[:2] > newest[pair][:2]:
                newest[pair] = before

    def _before(self, edge: EdgeType, pair: int, stands: bool, stamp: int) -> Told | None:
        """What was said of a pair that is not remembered; None where nothing was."""
        source, target = pair >> 32, pair & 0xFFFFFFFF
        found = self._registers.pair(edge, source, target)
        if found is None and stands:
            minutes = stamp >> CODE_BITS
            return minutes * MINUTE_MS if minutes else NO_TIME, "", True, CODES[stamp & CODE_MASK][1]
        return found

    def _remember(self, edge: EdgeType, newest: Mapping[int, Told]) -> None:
        """Keep what was said last of pairs; past `REMEMBERED` the store is asked for what was kept longest."""
        known = self._pairs[edge.key]
        known.update(newest)
        if len(known) > REMEMBERED and self._registers.knows_what_came():
            times = [known.pop(pair)[0] for pair in list(islice(known, len(known) // 2))]
            self._horizon = max(self._horizon, max(times) // MINUTE_MS)

    def _raise(
        self, edge: EdgeType, sources: NDArray[np.int32], targets: NDArray[np.int32], packed: NDArray[np.uint32]
    ) -> None:
        """Pairs that stand for ever: the newest time counts."""
        order = np.lexsort((packed, targets, sources))
        sources, targets, packed = sources[order], targets[order], packed[order]
        last = np.ones(len(order), np.bool_)
        last[:-1] = (sources[1:] != sources[:-1]) | (targets[1:] != targets[:-1])
        sources, targets, packed = sources[last], targets[last], packed[last]
        self._came(edge.key, packed)
        self._set(edge).raise_to(sources, targets, _codes(edge), packed)

    def _tie(self, sources: Rows, posts: Rows, packed: NDArray[np.uint32]) -> None:
        """Who comments on or likes a post has to do with its authors."""
        into = self._edges(POSTED.key).adjacency.into
        self._tie_people(
            (source, author, stamp)
            for source, post, stamp in zip(sources, posts, packed.tolist(), strict=True)
            for author in into.neighbours(post).tolist()
        )

    def _tie_all(self, authors: Rows, posts: Rows) -> None:
        """Who has commented on or liked these posts already has to do with their authors."""
        for edge in ON_POSTS:
            into = self._edges(edge.key).adjacency.into
            self._tie_people(
                (source, author, stamp)
                for author, post in zip(authors, posts, strict=True)
                for source, stamp in zip(into.neighbours(post).tolist(), into.stamps_of(post).tolist(), strict=True)
            )

    def _tie_people(self, ties: Iterable[tuple[int, int, int]]) -> None:
        found = [each for each in ties if each[0] != each[1]]
        if found:
            sources, targets, packed = (np.array(each) for each in zip(*found, strict=True))
            self._raise(INTERACTED, sources.astype(np.int32), targets.astype(np.int32), packed.astype(np.uint32))

    def _set(self, edge: EdgeType) -> LiveEdges:
        return self._edges(_key(edge))

    def _came(self, key: EdgeKey, packed: NDArray[np.uint32]) -> None:
        self.change_count += len(packed)
        if is_action(key):
            self.kinds.add(key[1])
        if (len(packed) and key in TIMED_KEYS) or is_action(key):
            self.latest_minutes = max(self.latest_minutes, int(packed.max(initial=0)) >> CODE_BITS)


def _key(edge: EdgeType) -> EdgeKey:
    return ACTED if is_action(edge.key) else edge.key


def _codes(edge: EdgeType) -> np.uint64:
    """The codes of an edge set's stamps, bit by bit."""
    if not is_action(edge.key):
        return ALL_CODES
    return np.uint64(sum(1 << code for code, (kind, _) in enumerate(CODES) if kind == edge.type))


def _stamps(edge: EdgeType, at: Times, stars: Sequence[float | None] | None = None) -> NDArray[np.uint32]:
    minutes = np.array(at, np.int64) // MINUTE_MS
    if is_action(edge.key):
        given = None if stars is None else np.array([np.nan if each is None else each for each in stars], np.float32)
        return stamps(edge.type, minutes, given)
    return np.clip(minutes, 0, LAST_MINUTE).astype(np.uint32) << np.uint32(CODE_BITS)
