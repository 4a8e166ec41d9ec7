"""What one transaction of the Neo4j store does: the operations of `graph.store.writer`, in Cypher.

They are gathered and carried out at the end, each kind at once. Whatever can be overwritten is read, decided by its
newest ``(at, event_id)``, and written: safe, because the transaction holds the lock of the store's own node from its
first statement on, so that there is one writer at a time.
"""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from graph.model import MISSING, NO_TIME
from graph.queries import query
from graph.schema import ATTRIBUTES, EDGES, NODES, EdgeType, Keeping
from graph.store.neo4j.connection import Transaction
from graph.store.neo4j.registers import Node, Pair
from graph.store.rows import ERASED, RowNumbers, erased_key
from graph.store.values import RELATED_TYPE, facts, named_ids
from graph.store.writer import INTERACTED, POSTED, Mark, Rows, Times

LIKED_POST = EDGES["User", "LIKED", "Post"]
COMMENTED = EDGES["User", "COMMENTED", "Post"]
REMOVED_AT_ONCE = 10_000
AT_ONCE = 5_000
"""Relationships that one statement creates."""

OF_EVENTS = ("value", "text", "quantity", "price_minor", "currency", "order_id")
"""Properties of events, in the order of the query ``create_events``."""

OF_PAIRS = ("count", "first_at", "last_at", "_at", "_event_id", "since", "direct_count", "direct_last_at")
"""Properties of pairs, in the order of the query ``create_pairs``."""

ENDED = "ENDED_"

Ends = tuple[int, int]
Edge = tuple[int, int, dict[str, Any]]
Told = tuple[int, dict[str, Any]]


class Neo4jDirectory:
    """Implements `graph.store.rows.Directory` within one transaction; new nodes are created by `Neo4jTables.flush`.

    Args:
        transaction: an open one that holds the store's lock.
        next_rows: by label, the next row that is free; counted on here.
        some_erased: whether any node has ever been erased.
        before: of a transaction that is being committed, whose nodes this one cannot see yet.
    """

    def __init__(
        self,
        transaction: Transaction,
        next_rows: Mapping[str, int],
        some_erased: bool,
        before: Neo4jDirectory | None = None,
    ) -> None:
        self._transaction = transaction
        self._before = before
        self._first = dict(next_rows)
        self._known = dict(next_rows)
        self.next_rows = dict(next_rows)
        self.some_erased = some_erased
        self.made: dict[str, dict[str, int]] = defaultdict(dict)
        """Ids that are new in this transaction, with their rows, by label."""
        self.waiting: dict[str, dict[str, int]] = defaultdict(dict)
        """Those of them whose nodes are not created yet."""

    def is_new(self, label: str, row: int) -> bool:
        """Whether nothing on the server can speak of the row yet."""
        return row >= self._known.get(label, 0)

    def is_visible(self, label: str, row: int) -> bool:
        """Whether a node is not one that only the transaction before knows, as long as that is not committed."""
        before = self._before
        return before is None or not before._first.get(label, 0) <= row < self._first.get(label, 0)

    def forget(self) -> None:
        """Nodes that were made, and are created now, may have been emptied again."""
        self.made.clear()

    def see_before(self) -> None:
        """The transaction before is committed."""
        self._before = None

    def settle(self) -> None:
        """What was given out so far is on the server now."""
        self._known = dict(self.next_rows)

    def find(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Rows of those of these ids that have one."""
        if not self.next_rows.get(label):
            return {}
        made = ChainMap(self.made[label], *([self._before.made[label]] if self._before else []))
        found = {node_id: made[node_id] for node_id in ids if node_id in made}
        asked = [node_id for node_id in ids if node_id not in found]
        ((there, rows),) = self._transaction.rows(query("rows_of_ids", label=label), ids=asked)
        return found | dict(zip(there, rows, strict=True))

    def erased(self, label: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids that have been erased."""
        if not self.some_erased:
            return set()
        keys = {erased_key(node_id).hex(): node_id for node_id in ids}
        found = self._transaction.rows(query("erased_keys"), label=label, keys=list(keys))
        return {keys[key] for (key,) in found}

    def make(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Give new ids the next rows, in their order."""
        first = self.next_rows.get(label, 0)
        fresh = {node_id: row for row, node_id in enumerate(ids, first)}
        self.next_rows[label] = first + len(fresh)
        self.made[label].update(fresh)
        self.waiting[label].update(fresh)
        return fresh


class Neo4jTables:
    """Implements `graph.store.writer.Tables`; `flush` carries out what was gathered."""

    def __init__(self, transaction: Transaction, rows: RowNumbers, directory: Neo4jDirectory) -> None:
        self._transaction = transaction
        self._rows = rows
        self._directory = directory
        self._told: dict[str, list[Told]] = defaultdict(list)
        self.pairs_written: dict[EdgeType, set[Ends]] = defaultdict(set)
        """What the transaction after must not look up before this one is committed."""
        self._clear()

    def _clear(self) -> None:
        self._nodes: dict[str, dict[int, Node]] = defaultdict(lambda: defaultdict(Node))
        self._pairs: dict[EdgeType, dict[Ends, Pair]] = defaultdict(lambda: defaultdict(Pair))
        self._history: dict[EdgeType, list[tuple[Any, ...]]] = defaultdict(list)

    def add_pairs(
        self, edge: EdgeType, sources: Rows, targets: Rows, at: Times, event_ids: Sequence[str], *, stands: bool
    ) -> None:
        """Events of pairs."""
        pairs = self._pairs[edge]
        for source, target, time, event_id in zip(sources, targets, at, event_ids, strict=True):
            pairs[source, target].meet(time, event_id, stands=stands)

    def add_history(
        self,
        edge: EdgeType,
        sources: Rows,
        targets: Rows,
        at: Times,
        event_ids: Sequence[str],
        values: Sequence[Sequence[Any]],
    ) -> None:
        """One edge an event."""
        told = {declared.name: column for declared, column in zip(edge.properties, values, strict=True)}
        nothing = [None] * len(sources)
        columns = [told.get(name, nothing) for name in OF_EVENTS]
        times = [None if time == NO_TIME else time for time in at]
        self._history[edge] += zip(sources, targets, event_ids, times, *columns, strict=True)

    def mark(self, what: Mark, label: str, rows: Rows, at: Times, event_ids: Sequence[str]) -> None:
        """Nodes were described or ended."""
        nodes = self._nodes[label]
        for row, time, event_id in zip(rows, at, event_ids, strict=True):
            if row != ERASED:
                nodes[row].tell(what, time, event_id)

    def set_properties(
        self, label: str, rows: Rows, at: Times, event_ids: Sequence[str], values: Mapping[str, Sequence[Any]]
    ) -> None:
        """Write columns of declared properties."""
        nodes = self._nodes[label]
        for name, column in values.items():
            for row, time, event_id, value in zip(rows, at, event_ids, column, strict=True):
                if row == ERASED or value is MISSING:
                    continue
                if name != ATTRIBUTES.name or value is None:
                    nodes[row].tell(name, time, event_id, value)
                    continue
                for inner, each in value.items():
                    nodes[row].tell(f"{ATTRIBUTES.name}.{inner}", time, event_id, each)

    def erase_people(self, user_ids: Sequence[str]) -> None:
        """Empty the rows of people and of what they published."""
        found = sorted({row for row in self._rows.of("User", user_ids) if row != ERASED})
        self.flush()
        posts = [row for (row,) in self._transaction.rows(query("posts_of_people"), rows=found)]
        self._empty_posts(posts)
        self._empty("User", found)

    def erase_posts(self, rows: Collection[int]) -> None:
        """Empty the rows of posts whose author is erased."""
        self.flush()
        self._empty_posts(sorted(rows))

    def _empty_posts(self, rows: Sequence[int]) -> None:
        """A post may have had several authors: those who stay lose what tied others to them through it."""
        tied = self._transaction.rows(query("ties_through_posts"), rows=list(rows))
        self._empty("Post", rows)
        self._tie(tied, {})

    def _empty(self, label: str, rows: Sequence[int]) -> None:
        ids = self._transaction.rows(query("ids_of_rows", label=label), rows=list(rows))
        for row, node_id in ids:
            removing = query("erase_relationships", label=label)
            while self._transaction.rows(removing, row=row, most=REMOVED_AT_ONCE) != [(0,)]:
                pass
            key = erased_key(node_id).hex()
            self._directory.some_erased = True
            self._directory.forget()
            self._transaction.run(query("erase_node", label=label), row=row, label=label, key=key)

    def write_ahead(self, before: Neo4jTables) -> None:
        """Carry out what has nothing to do with what the transaction before wrote, while that is being committed.

        The rest is left to `flush`, which may be called when it has been committed.
        """
        for label in NODES:
            self._told[label] += self._create_nodes(label)
        for edge in EDGES.values():
            if edge is INTERACTED or "Post" in (edge.source, edge.target):  # ties between people hang on these
                continue
            pairs, history = self._pairs[edge], self._history[edge]
            theirs = before.pairs_written[edge]
            ahead = [ends for ends in pairs if ends not in theirs and self._are_visible(edge, ends)]
            self._write_pairs(edge, {ends: pairs.pop(ends) for ends in ahead})
            self._create_events(edge, [each for each in history if self._are_visible(edge, each)])
            self._history[edge] = [each for each in history if not self._are_visible(edge, each)]

    def _are_visible(self, edge: EdgeType, ends: Sequence[Any]) -> bool:
        is_visible = self._directory.is_visible
        return is_visible(edge.source, ends[0]) and is_visible(edge.target, ends[1])

    def flush(self) -> None:
        """Carry out what was gathered: nodes first, then what joins them, then the ties between people."""
        told = {
            label: [*self._told.pop(label, []), *self._create_nodes(label), *self._write_nodes(label)]
            for label in NODES
        }
        for edge in EDGES.values():
            if edge.keeping is Keeping.DERIVED:
                named = {row: each[edge.from_property] for row, each in told[edge.source] if edge.from_property in each}
                self._derive(edge, named)
        for edge, pairs in self._pairs.items():
            if edge is not INTERACTED:
                self._write_pairs(edge, pairs)
        for edge, history in self._history.items():
            self._create_events(edge, history)
        self._write_ties(self._pairs.get(INTERACTED, {}))
        self._directory.settle()
        self._clear()

    def _create_nodes(self, label: str) -> list[Told]:
        """Create the nodes of new ids with what is told of them."""
        waiting = self._directory.waiting.pop(label, {})
        if not waiting:
            return []
        nodes = self._nodes[label]
        told = [(row, nodes.pop(row).over(label, "", "") if row in nodes else {}) for row in waiting.values()]
        named = zip(waiting, told, strict=True)
        created = [{**known, "id": node_id, "row": row} for node_id, (row, known) in named]
        self._transaction.run(query("create_nodes", label=label), nodes=created)
        return told

    def _write_nodes(self, label: str) -> list[Told]:
        """Set what is told of nodes that are there."""
        nodes = self._nodes.get(label)
        if not nodes:
            return []
        ((rows, clocks, attributes),) = self._transaction.rows(query("node_registers", label=label), rows=sorted(nodes))
        told = [
            (row, nodes[row].over(label, clock, known))
            for row, clock, known in zip(rows, clocks, attributes, strict=True)
        ]
        self._transaction.run(query("write_nodes", label=label), nodes=[list(each) for each in told])
        return told

    def _derive(self, edge: EdgeType, changed: Mapping[int, Any]) -> None:
        before = sorted(row for row in changed if not self._directory.is_new(edge.source, row))
        if before:
            text = query("remove_derived", source=edge.source, type=edge.type, target=edge.target)
            self._transaction.run(text, rows=before)
        told: list[tuple[int, str, *tuple[str, ...]]] = []
        if edge.type == RELATED_TYPE:
            told += ((row, *fact) for row, value in changed.items() for fact in facts(edge.target, _parsed(value)))
        else:
            told += ((row, node_id) for row, value in changed.items() for node_id in named_ids(edge, value))
        targets = self._rows.find(edge.target, [each[1] for each in told])
        edges = [[each[0], row, *each[2:]] for each, row in zip(told, targets, strict=True) if row is not None]
        if edges:
            name = "create_related" if edge.type == RELATED_TYPE else "create_derived"
            text = query(name, source=edge.source, type=edge.type, target=edge.target)
            self._transaction.run(text, pairs=sorted(edges))

    def _write_pairs(self, edge: EdgeType, pairs: Mapping[Ends, Pair]) -> None:
        self.pairs_written[edge].update(pairs)
        ended = ENDED + edge.type
        before: dict[Ends, str] = {}
        ends = sorted(pairs)
        for source, target, type_, known in self._known_pairs(edge, ends):
            before[source, target] = type_
            pairs[source, target].join(Pair.read(known, stands=type_ == edge.type))
        fresh: dict[str, list[Edge]] = {edge.type: [], ended: []}
        same: dict[str, list[Edge]] = {edge.type: [], ended: []}
        gone: dict[str, list[Ends]] = {edge.type: [], ended: []}
        for each in ends:
            type_ = edge.type if pairs[each].stands else ended
            told = (*each, pairs[each].properties(edge.type))
            (same if before.get(each) == type_ else fresh)[type_].append(told)
            if before.get(each, type_) != type_:
                gone[before[each]].append(each)
        for type_ in (edge.type, ended):
            self._remove(edge, type_, gone[type_])
            self._overwrite(edge, type_, same[type_])
            self._create_pairs(edge, type_, fresh[type_])

    def _known_pairs(self, edge: EdgeType, ends: Sequence[Ends]) -> Iterator[tuple[int, int, str, dict[str, Any]]]:
        is_new = self._directory.is_new
        asked = [(s, t) for s, t in ends if not is_new(edge.source, s) and not is_new(edge.target, t)]
        groups = [[source, [target for _, target in group]] for source, group in groupby(asked, itemgetter(0))]
        if groups:
            text = query("pair_registers", source=edge.source, type=edge.type, target=edge.target)
            (columns,) = self._transaction.rows(text, groups=groups)
            yield from zip(*columns, strict=True)

    def _create_events(self, edge: EdgeType, history: list[tuple[Any, ...]]) -> None:
        history.sort(key=itemgetter(0, 1))
        self._create("create_events", edge, edge.type, history)

    def _write_ties(self, direct: Mapping[Ends, Pair]) -> None:
        self._tie({*direct, *self._tied_by_posts()}, direct)

    def _tie(self, touched: Iterable[Ends], direct: Mapping[Ends, Pair]) -> None:
        fresh: list[Edge] = []
        same: list[Edge] = []
        gone: list[Ends] = []
        text = query("ties_of_pairs")
        for source, target, known, count, last_at in self._rows_for(text, sorted({*touched})):
            tie = direct.get((source, target)) or Pair()
            before = known or {}
            tie.add(before.get("direct_count", 0), _ms(before.get("first_at")), _ms(before.get("direct_last_at")))
            total, newest = (0, NO_TIME) if source == target else (tie.count + count, max(tie.last_at, last_at))
            told = {"count": total, "direct_count": tie.count}
            times = {"last_at": newest, "direct_last_at": tie.last_at, "first_at": tie.first_at}
            told |= {name: at for name, at in times.items() if at != NO_TIME}
            if not total and not tie.count:
                gone.append((source, target))
            else:
                (fresh if known is None else same).append((source, target, told))
        self._remove(INTERACTED, INTERACTED.type, gone)
        self._overwrite(INTERACTED, INTERACTED.type, same)
        self._create_pairs(INTERACTED, INTERACTED.type, fresh)

    def _tied_by_posts(self) -> Iterator[Ends]:
        acted = {*self._pairs.get(LIKED_POST, ()), *((each[0], each[1]) for each in self._history.get(COMMENTED, ()))}
        yield from self._rows_for(query("authors_of_posts"), sorted(acted))
        yield from self._rows_for(query("readers_of_posts"), sorted(self._pairs.get(POSTED, ())))

    def _rows_for(self, text: str, pairs: Sequence[Ends]) -> list[Any]:
        return self._transaction.rows(text, pairs=[list(each) for each in pairs]) if pairs else []

    def _create_pairs(self, edge: EdgeType, type_: str, edges: Sequence[Edge]) -> None:
        told = [(source, target, *map(known.get, OF_PAIRS)) for source, target, known in edges]
        self._create("create_pairs", edge, type_, told)

    def _create(self, name: str, edge: EdgeType, type_: str, edges: Sequence[tuple[Any, ...]]) -> None:
        """Edges, sorted by source, a part at a time: the server works on one while the next is made ready."""
        for first in range(0, len(edges), AT_ONCE):
            groups = groupby(edges[first : first + AT_ONCE], itemgetter(0))
            self._write(name, edge, type_, groups=[(source, [each[1:] for each in group]) for source, group in groups])

    def _overwrite(self, edge: EdgeType, type_: str, edges: Sequence[Edge]) -> None:
        self._write("write_pairs", edge, type_, edges=edges)

    def _remove(self, edge: EdgeType, type_: str, pairs: Sequence[Ends]) -> None:
        self._write("remove_pairs", edge, type_, pairs=pairs)

    def _write(self, name: str, edge: EdgeType, type_: str, **listed: Sequence[Iterable[Any]]) -> None:
        ((parameter, values),) = listed.items()
        if values:
            text = query(name, source=edge.source, type=type_, target=edge.target)
            self._transaction.run(text, **{parameter: [list(each) for each in values]})


def _parsed(kept: str | None) -> Any:
    """A structured property, which Neo4j keeps as text."""
    return None if kept is None else orjson.loads(kept)


def _ms(at: int | None) -> int:
    return NO_TIME if at is None else at
