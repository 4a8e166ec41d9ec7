"""What one transaction of the Neo4j store does: the operations of `graph.store.writer`, in Cypher.

They are gathered and carried out at the end, each kind at once. Whatever can be overwritten is read, decided by its
newest ``(at, event_id)``, and written: safe, because the transaction holds the lock of the store's own node from its
first statement on, so that there is one writer at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from graph.model import MISSING, NO_TIME
from graph.queries import query
from graph.schema import ATTRIBUTES, EDGES, EdgeType, Keeping
from graph.store.neo4j.connection import Transaction
from graph.store.neo4j.registers import Node, Pair
from graph.store.rows import ERASED, RowNumbers, erased_key
from graph.store.values import named_ids
from graph.store.writer import INTERACTED, POSTED, Mark, Rows, Times

LIKED_POST = EDGES["User", "LIKED", "Post"]
COMMENTED = EDGES["User", "COMMENTED", "Post"]
REMOVED_AT_ONCE = 10_000
ENDED = "ENDED_"

Ends = tuple[int, int]
Edge = tuple[int, int, dict[str, Any]]


class Neo4jDirectory:
    """Implements `graph.store.rows.Directory` within one transaction.

    Args:
        transaction: an open one that holds the store's lock.
        next_rows: by label, the next row that is free; counted on here.
    """

    def __init__(self, transaction: Transaction, next_rows: dict[str, int]) -> None:
        self._transaction = transaction
        self.next_rows = next_rows

    def find(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Rows of those of these ids that have one."""
        if not self.next_rows.get(label):
            return {}
        return dict(self._transaction.rows(query("rows_of_ids", label=label), ids=list(ids)))

    def erased(self, label: str, ids: Sequence[str]) -> set[str]:
        """Those of these ids that have been erased."""
        keys = {erased_key(node_id).hex(): node_id for node_id in ids}
        found = self._transaction.rows(query("erased_keys"), label=label, keys=list(keys))
        return {keys[key] for (key,) in found}

    def make(self, label: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Give new ids the next rows, in their order."""
        first = self.next_rows.get(label, 0)
        fresh = {node_id: row for row, node_id in enumerate(ids, first)}
        self.next_rows[label] = first + len(fresh)
        self._transaction.run(query("create_nodes", label=label), nodes=[list(each) for each in fresh.items()])
        return fresh


class Neo4jTables:
    """Implements `graph.store.writer.Tables`; `flush` carries out what was gathered."""

    def __init__(self, transaction: Transaction, rows: RowNumbers) -> None:
        self._transaction = transaction
        self._rows = rows
        self._clear()

    def _clear(self) -> None:
        self._nodes: dict[str, dict[int, Node]] = defaultdict(lambda: defaultdict(Node))
        self._pairs: dict[EdgeType, dict[Ends, Pair]] = defaultdict(lambda: defaultdict(Pair))
        self._history: dict[EdgeType, list[Edge]] = defaultdict(list)

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
        names = [declared.name for declared in edge.properties]
        history = self._history[edge]
        for source, target, time, event_id, *told in zip(sources, targets, at, event_ids, *values, strict=True):
            known = {name: value for name, value in zip(names, told, strict=True) if value is not None}
            known["event_id"] = event_id
            if time != NO_TIME:
                known["at"] = time
            history.append((source, target, known))

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
            self._transaction.run(query("erase_node", label=label), row=row, label=label, key=key)

    def flush(self) -> None:
        """Carry out what was gathered: nodes first, then what joins them, then the ties between people."""
        for label, nodes in self._nodes.items():
            self._write_nodes(label, nodes)
        for edge, pairs in self._pairs.items():
            if edge is not INTERACTED:
                self._write_pairs(edge, pairs)
        for edge, history in self._history.items():
            history.sort(key=lambda each: each[:2])
            self._create(edge, edge.type, history)
        self._write_ties(self._pairs.get(INTERACTED, {}))
        self._clear()

    def _write_nodes(self, label: str, nodes: Mapping[int, Node]) -> None:
        if not nodes:
            return
        found = self._transaction.rows(query("node_registers", label=label), rows=sorted(nodes))
        told = [(row, nodes[row].over(label, clocks, attributes)) for row, clocks, attributes in found]
        self._transaction.run(query("write_nodes", label=label), nodes=[list(each) for each in told])
        for edge in EDGES.values():
            if edge.keeping is Keeping.DERIVED and edge.source == label:
                changed = {row: each[edge.from_property] for row, each in told if edge.from_property in each}
                self._derive(edge, changed)

    def _derive(self, edge: EdgeType, changed: Mapping[int, Any]) -> None:
        if not changed:
            return
        self._transaction.run(query("remove_derived", source=edge.source, type=edge.type), rows=sorted(changed))
        named = [(row, node_id) for row, value in changed.items() for node_id in dict.fromkeys(named_ids(value))]
        targets = self._rows.find(edge.target, [node_id for _, node_id in named])
        pairs = [[row, target] for (row, _), target in zip(named, targets, strict=True) if target is not None]
        if pairs:
            text = query("create_derived", source=edge.source, type=edge.type, target=edge.target)
            self._transaction.run(text, pairs=sorted(pairs))

    def _write_pairs(self, edge: EdgeType, pairs: Mapping[Ends, Pair]) -> None:
        ended = ENDED + edge.type
        before: dict[Ends, str] = {}
        ends = sorted(pairs)
        text = query("pair_registers", source=edge.source, type=edge.type, target=edge.target)
        for source, target, type_, known in self._transaction.rows(text, pairs=[list(each) for each in ends]):
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
            self._create(edge, type_, fresh[type_])

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
        self._create(INTERACTED, INTERACTED.type, fresh)

    def _tied_by_posts(self) -> Iterator[Ends]:
        acted = {*self._pairs.get(LIKED_POST, ()), *((s, t) for s, t, _ in self._history.get(COMMENTED, ()))}
        yield from self._rows_for(query("authors_of_posts"), sorted(acted))
        yield from self._rows_for(query("readers_of_posts"), sorted(self._pairs.get(POSTED, ())))

    def _rows_for(self, text: str, pairs: Sequence[Ends]) -> list[Any]:
        return self._transaction.rows(text, pairs=[list(each) for each in pairs]) if pairs else []

    def _create(self, edge: EdgeType, type_: str, edges: Sequence[Edge]) -> None:
        groups = groupby(edges, itemgetter(0))
        listed = [(source, [[target, known] for _, target, known in group]) for source, group in groups]
        self._write("create_relationships", edge, type_, groups=listed)

    def _overwrite(self, edge: EdgeType, type_: str, edges: Sequence[Edge]) -> None:
        self._write("write_pairs", edge, type_, edges=edges)

    def _remove(self, edge: EdgeType, type_: str, pairs: Sequence[Ends]) -> None:
        self._write("remove_pairs", edge, type_, pairs=pairs)

    def _write(self, name: str, edge: EdgeType, type_: str, **listed: Sequence[Iterable[Any]]) -> None:
        ((parameter, values),) = listed.items()
        if values:
            text = query(name, source=edge.source, type=type_, target=edge.target)
            self._transaction.run(text, **{parameter: [list(each) for each in values]})


def _ms(at: int | None) -> int:
    return NO_TIME if at is None else at
