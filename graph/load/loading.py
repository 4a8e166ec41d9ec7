"""One load on its way: tables in order, batches through the rules, counts into the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from graph.errors import UnreadableFile
from graph.load.clean import Cleaned, Cleaner, event_fields, event_ids
from graph.load.mapping import EventTable, Mapping, NodeTable
from graph.load.plan import Planner
from graph.load.reading import Files, Origin
from graph.load.report import FileReport, LoadReport, RejectFile
from graph.load.rows import BATCH
from graph.load.rules import ActivityRule, KnownIds, RateRule, counts_as_action
from graph.load.sink import Sink
from graph.load.uniting import NodeSpool
from graph.model import MISSING, EventBatch, NodeBatch
from graph.progress import Progress
from graph.schema import ATTRIBUTES, EVENTS
from graph.store.port import GraphStore

DUPLICATE = "duplicate: says what an earlier row said"
LOG_ONLY = {name for name, event in EVENTS.items() if not event.edges and not event.node and name != "deleted"}
Part = tuple[FileReport, Cleaned]
Described = Iterable[tuple[list[str], list[dict[str, Any]]]]


class Loading:
    """Everything that one load needs between its first row and its last.

    Args:
        mapping: what is loaded.
        report: filled while it runs.
        progress: told how far it is.
        now: the moment that times are compared with.
        size: of all tables' parts together, such as the bytes of their files.
        origin: where the tables' rows come from; their files by default.
        refreshed_at: the rows of nodes without times tell what is known now, at that time in milliseconds: what the
            store has already is left out, what differs is newer. By default they are older than all that has a time.
    """

    def __init__(
        self,
        mapping: Mapping,
        report: LoadReport,
        progress: Progress,
        now: datetime,
        size: int,
        *,
        origin: Origin | None = None,
        refreshed_at: int | None = None,
    ) -> None:
        self.report = report
        self._mapping = mapping
        self._progress = progress
        self._origin = Files(mapping) if origin is None else origin
        self._refreshed_at = refreshed_at
        self._planner = Planner(mapping, now)
        self._size = max(size, 1)
        self._behind = 0
        self._cleaners = {where: Cleaner(mapping, where, table, self._planner) for where, table in mapping.tables()}
        self._robots: set[str] = set()
        self._days_only: set[str] = set()
        self._activity: ActivityRule | None = None
        self._known: KnownIds | None = None

    def run(self, sink: Sink, store: GraphStore | None, rejects: RejectFile | None) -> None:
        """Read, clean and write every table.

        Raises:
            BadInput: a file or the mapping is at fault.
            StoreError: the log took no more.
        """
        with ExitStack() as stack:
            self._prepare(store, stack)
            for where, table in self._mapping.tables():
                if isinstance(table, NodeTable):
                    self._load_nodes(where, table, sink, store, rejects)
                else:
                    self._load_events(where, table, sink, rejects)
            self._progress(1.0, "writing to the log")

    def _prepare(self, store: GraphStore | None, stack: ExitStack) -> None:
        """Look at all rows once where a rule needs to know them all."""
        rules = self._mapping.content.cleaning
        if any(self._rejects_unknown(table) for table in self._mapping.content.events):
            self._known = KnownIds()
            stack.callback(self._known.close)
            if store is not None:
                self._known.add_store(store)
        if rules.min_actions_per_user:
            self._activity = ActivityRule(rules.min_actions_per_user)
            stack.callback(self._activity.close)
        rate = RateRule(rules.max_actions_per_minute) if rules.max_actions_per_minute else None
        if rate is None and self._activity is None:
            return
        for where, table in self._event_tables():
            timed = rate is not None and "at" in table.columns
            self._progress(0.0, "counting actions")
            for cleaned in self._cleaned(where, table) if timed or self._activity else ():
                if rate is not None:
                    rate.observe(cleaned)
                if self._activity is not None:
                    self._activity.observe(cleaned)
        if rate is not None:
            self._find_robots(rate)

    def _find_robots(self, rate: RateRule) -> None:
        if rate.suspicious():
            for where, table in self._event_tables():
                for cleaned in self._cleaned(where, table) if "at" in table.columns else ():
                    rate.count(cleaned)
            self._robots = rate.robots()
        self._days_only = rate.days_only

    def _event_tables(self) -> Iterator[tuple[str, EventTable]]:
        for where, table in self._mapping.tables():
            if isinstance(table, EventTable):
                yield where, table

    def _rejects_unknown(self, table: EventTable) -> bool:
        return (table.unknown or self._mapping.content.cleaning.unknown) == "reject"

    def _cleaned(self, where: str, table: EventTable | NodeTable) -> Iterator[Cleaned]:
        for part in self._origin.parts(where, table):
            for rows in part.rows:
                yield from self._cleaners[where].clean(rows, part.place.name)

    def _parts(self, where: str, table: EventTable | NodeTable, rejects: RejectFile | None) -> Iterator[Part]:
        """Cleaned batches with the file's report; broken rows are counted on the way."""
        kind = table.label if isinstance(table, NodeTable) else table.type or table.type_column
        for part in self._origin.parts(where, table):
            counts = FileReport(part.name, f"{where} {kind}")
            self.report.files.append(counts)
            for rows in part.rows:
                for broken in rows.broken:
                    self._reject(counts, broken.line, broken.reason, broken.row, rejects)
                for cleaned in self._cleaners[where].clean(rows, part.place.name):
                    yield counts, cleaned
                self._progress(min(1.0, (self._behind + rows.done * part.size) / self._size), part.place.name)
            self._behind += part.size
            _refuse_useless(part.place, counts)

    @staticmethod
    def _reject(counts: FileReport, line: int, reason: str, row: Any, rejects: RejectFile | None) -> None:
        counts.reject(line, reason, row)
        if rejects is not None:
            rejects.write(counts.file, line, reason, row)

    def _count(self, counts: FileReport, cleaned: Cleaned, rejects: RejectFile | None) -> None:
        for index, reason in sorted(cleaned.rejected.items()):
            self._reject(counts, cleaned.rows.lines[index], reason, cleaned.rows.row(index), rejects)
        kept = len(cleaned.rows) - len(cleaned.rejected)
        counts.read += kept
        counts.kept += kept
        counts.repaired += len(cleaned.repaired.difference(cleaned.rejected))
        counts.repairs += cleaned.repairs

    def _load_events(self, where: str, table: EventTable, sink: Sink, rejects: RejectFile | None) -> None:
        for counts, cleaned in self._parts(where, table, rejects):
            self._note(counts, cleaned)
            self._apply_rules(cleaned, table)
            kept = cleaned.kept()
            columns = cleaned.standing()
            ids = event_ids(cleaned.plan.kind, columns)
            at = columns.get("at") or [None] * len(kept)
            admitted = sink.admit(ids, at)
            if not all(admitted):
                repeated = [index for index, new in zip(kept, admitted, strict=True) if not new]
                cleaned.reject_all(repeated, DUPLICATE)
                places = [place for place, new in enumerate(admitted) if new]
                ids, at = [ids[place] for place in places], [at[place] for place in places]
                columns = {name: [values[place] for place in places] for name, values in columns.items()}
            if ids:
                fields = event_fields(cleaned.plan.kind, columns)
                users = columns.get("user_id") or [""] * len(ids)
                sink.add_events(EventBatch(cleaned.plan.kind, ids, users, at, fields))
            self._count(counts, cleaned, rejects)

    def _note(self, counts: FileReport, cleaned: Cleaned) -> None:
        notes = []
        if cleaned.plan.where in self._days_only:
            notes.append("times are whole days: the rule against robots was not applied")
        if cleaned.plan.kind in LOG_ONLY:
            notes.append(f"{cleaned.plan.kind} makes no edge: a load from files keeps only the count of it")
        counts.notes += [note for note in notes if note not in counts.notes]

    def _apply_rules(self, cleaned: Cleaned, table: EventTable) -> None:
        if self._known is not None and self._rejects_unknown(table):
            self._known.check(cleaned, self._mapping)
        users = cleaned.columns.get("user_id", [])
        if self._robots:
            robots = [index for index, user in enumerate(users) if user in self._robots]
            cleaned.reject_all(robots, "robot: too many actions in one minute")
        if self._activity is not None and counts_as_action(cleaned.plan.kind):
            few = self._activity.near_empty(user for user in users if user is not None)
            cleaned.reject_all(
                [index for index, user in enumerate(users) if user in few], "person with too few actions"
            )

    def _load_nodes(
        self, where: str, table: NodeTable, sink: Sink, store: GraphStore | None, rejects: RejectFile | None
    ) -> None:
        spool = None if "at" in table.columns or "at" in table.constants else NodeSpool()
        try:
            for counts, cleaned in self._parts(where, table, rejects):
                if self._known is not None:
                    self._known.add(table.label, cleaned.standing()["id"])
                if spool is None:
                    _write_nodes(table.label, cleaned, sink)
                else:
                    _unite(cleaned, spool, reject=table.repeats == "reject")
                self._count(counts, cleaned, rejects)
            if spool is not None:
                write_described(table.label, spool.batches(BATCH), sink, store, self._refreshed_at)
        finally:
            if spool is not None:
                spool.close()


def _refuse_useless(path: Path, counts: FileReport) -> None:
    """A file of which nothing can be used was not meant to be read like this."""
    faults = counts.reasons.copy()
    faults.pop(DUPLICATE, None)
    if counts.read and not counts.kept and faults.total() == counts.rejected:
        reason, count = faults.most_common(1)[0]
        first = next(sample for sample in counts.samples if sample["reason"] == reason)
        why = f"none of its {counts.read:,} rows can be used; {count:,} of them: {reason}"
        raise UnreadableFile(path, why, "check the table's columns, time and format in the mapping", first["line"])


def _unite(cleaned: Cleaned, spool: NodeSpool, *, reject: bool) -> None:
    columns = cleaned.standing()
    ids = columns.pop("id")
    names = list(columns)
    properties = [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in (zip(*columns.values(), strict=True) if names else ((),) * len(ids))
    ]
    kept = cleaned.kept()
    news = spool.add(ids, properties)
    if reject:
        cleaned.reject_all([index for index, new in zip(kept, news, strict=True) if not new], DUPLICATE)


def write_described(
    label: str, batches: Described, sink: Sink, store: GraphStore | None, refreshed_at: int | None
) -> None:
    """Write what nodes without times of their own are told to be.

    Args:
        label: of the nodes.
        batches: ids and properties of each.
        sink: takes them.
        store: what is known already.
        refreshed_at: as in `Loading`.
    """
    refreshes = refreshed_at is not None and label != "Post"
    for ids, properties in batches:
        if refreshes and store is not None:
            told = zip(ids, properties, strict=True)
            news = [each for each in told if not _knows(store.properties(label, each[0]), each[1])]
            ids, properties = [node_id for node_id, _ in news], [each for _, each in news]
        names = list(dict.fromkeys(name for each in properties for name in each))
        columns = {name: [each.get(name) for each in properties] for name in names}
        _emit(label, {"id": ids, **({"at": [refreshed_at] * len(ids)} if refreshes else {}), **columns}, sink)


def _knows(known: dict[str, Any] | None, told: dict[str, Any]) -> bool:
    """Whether everything that is told of a node is known of it."""
    return known is not None and all(
        known.get(name) == value
        or (name == ATTRIBUTES.name and {**(known.get(name) or {}), **value} == known.get(name))
        for name, value in told.items()
    )


def _write_nodes(label: str, cleaned: Cleaned, sink: Sink) -> None:
    kept = cleaned.kept()
    admitted = _emit(label, cleaned.standing(), sink)
    cleaned.reject_all([index for index, new in zip(kept, admitted, strict=True) if not new], DUPLICATE)


def _emit(label: str, columns: dict[str, list[Any]], sink: Sink) -> list[bool]:
    """Write the nodes that are new to the log."""
    ids = columns["id"]
    at = columns.get("at") or [None] * len(ids)
    event_keys = event_ids(label, columns)
    admitted = sink.admit(event_keys, at)
    places = [place for place, new in enumerate(admitted) if new]
    properties = {
        name: [MISSING if values[place] is None else values[place] for place in places]
        for name, values in columns.items()
        if name not in {"id", "event_id", "at"} or (name == "at" and label == "Post")
    }
    if places:
        sink.add_nodes(
            NodeBatch(
                label,
                [event_keys[place] for place in places],
                [ids[place] for place in places],
                [at[place] for place in places],
                properties,
            )
        )
    return admitted
