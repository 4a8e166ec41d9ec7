"""RDF into the graph: a file's statements become nodes, knowledge and events, all or nothing, through the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
import pyoxigraph as ox

from graph.folder import DataFolder
from graph.load.clean import event_fields, event_ids
from graph.load.files import sha256_of
from graph.load.loading import write_described
from graph.load.report import FileReport, LoadReport, RejectFile
from graph.load.rows import BATCH
from graph.load.run import ID_LENGTH, carry_out
from graph.load.sink import DrySink, Sink
from graph.load.uniting import NodeSpool
from graph.log.events import milliseconds
from graph.model import EventBatch
from graph.progress import Progress, silent
from graph.rdf import terms
from graph.rdf.acted import Acts
from graph.rdf.described import SEPARATOR, Describer, Fault, nested
from graph.rdf.formats import format_of
from graph.rdf.mapping import RdfMapping, own_mapping
from graph.rdf.parsed import Parsed, parsed
from graph.rdf.resolving import Resolver, Resource
from graph.rdf.terms import Names
from graph.schema import KNOWN, NODE_TYPES, RELATED
from graph.store.port import GraphStore

SYNTAX = "syntax"
DELETED = ox.NamedNode(terms.DELETED)


def import_rdf(
    path: Path,
    folder: DataFolder,
    *,
    mapping: RdfMapping | None = None,
    form: str | None = None,
    names: Names | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
    now: datetime | None = None,
) -> LoadReport:
    """Read a file of RDF into the folder's log and bring its store up to date; all or nothing.

    What our own terms and schema.org's say is understood without a mapping, so that an export comes back as it was.
    Other links between things become knowledge: RELATED edges under the file's origin, which replace what that origin
    told before. Statements that cannot be taken are left out, and reported with their line and the shape that they
    break.

    Args:
        path: the file.
        folder: where to; made when it is not there.
        mapping: what other words mean.
        form: its format's name; by default what its ending tells.
        names: what our own IRIs begin with.
        dry_run: read and check only.
        progress: told the part that is done.
        now: the time at which the file is known; by default the present.

    Returns:
        How many statements were read, taken and rejected, and what the store holds now.

    Raises:
        UnreadableFile: the file is no RDF of that form.
        InvalidValue: nothing tells its format.
        StoreLocked: another process owns the folder.
        StorageFull: the disk took no more.
    """
    began = perf_counter()
    mapping = mapping or own_mapping()
    moment = now or datetime.now(UTC)
    form = form or format_of(path.with_suffix("") if path.suffix == ".gz" else path)
    checksum = sha256(orjson.dumps([mapping.content.model_dump(mode="json"), form])).hexdigest()
    checksum = sha256(f"{checksum}{sha256_of(path) if path.is_file() else path}".encode()).hexdigest()
    report = LoadReport(checksum[:ID_LENGTH], checksum, dry_run=dry_run)
    with parsed(path, form, lambda done, note: progress(done * 0.3, note)) as facts:
        loading = RdfLoading(facts, mapping, names or Names(), report, progress, milliseconds(moment))
        if dry_run:
            _dry_run(loading, folder)
        else:
            with folder.owned():
                report = carry_out(loading, folder, [path.name], progress)
    report.seconds = perf_counter() - began
    if not dry_run and not report.already_imported:
        report.write(folder.reports / f"{report.import_id}.json")
    return report


def _dry_run(loading: RdfLoading, folder: DataFolder) -> None:
    sink = DrySink()
    store = folder.open_store(read_only=True) if folder.log.exists() else None
    try:
        loading.run(sink, store, None)
        loading.report.nodes, loading.report.edges = dict(sink.nodes), dict(sink.edges)
    finally:
        sink.close()
        if store is not None:
            store.close()


class RdfLoading:
    """One import between its first statement and its last; `graph.load.run.carry_out` runs it.

    Args:
        facts: the parsed file.
        mapping: what its words mean.
        names: of our own IRIs.
        report: filled while it runs.
        progress: told how far it is.
        now_ms: when what it says is known.
    """

    def __init__(
        self, facts: Parsed, mapping: RdfMapping, names: Names, report: LoadReport, progress: Progress, now_ms: int
    ) -> None:
        self.report = report
        self._parsed = facts
        self._mapping = mapping
        self._names = names
        self._progress = progress
        self._now_ms = now_ms
        self._origin = mapping.content.origin or facts.path.name

    def run(self, sink: Sink, store: GraphStore | None, rejects: RejectFile | None) -> None:
        """Read, check and write everything.

        Raises:
            StoreError: the log took no more.
        """
        facts = self._parsed.store
        resolver = Resolver(facts, self._mapping, self._names, store)
        describer = Describer(facts, self._mapping, self._names, resolver, self._origin)
        acts = Acts(facts, self._names, resolver)
        spools = {node.label: NodeSpool() for node in NODE_TYPES}
        try:
            self._describe(spools, describer)
            self._forget(spools, describer.origins, store)
            for label, spool in spools.items():
                batches = _nested(label, spool, describer.origins, store)
                write_described(label, batches, sink, store, self._now_ms)
        finally:
            for spool in spools.values():
                spool.close()
        self._act(sink, acts)
        self._report([*describer.faults, *acts.faults], resolver.unmatched, rejects)

    def _subjects(self, note: str, share: tuple[float, float]) -> Iterator[tuple[Resource, list[ox.Quad]]]:
        """The statements of each subject, in each graph that it stands in."""
        done, total = 0, max(1, self._parsed.count)
        everything = self._parsed.store.quads_for_pattern(None, None, None, None)
        for (subject, _), group in groupby(everything, lambda quad: (quad.subject, quad.graph_name)):
            quads = list(group)
            done += len(quads)
            if isinstance(subject, ox.NamedNode | ox.BlankNode):
                yield subject, quads
            if done % 4096 < len(quads):
                self._progress(share[0] + (share[1] - share[0]) * min(1.0, done / total), note)

    def _describe(self, spools: Mapping[str, NodeSpool], describer: Describer) -> None:
        waiting: dict[str, tuple[list[str], list[dict[str, Any]]]] = defaultdict(lambda: ([], []))
        for subject, quads in self._subjects("reading nodes", (0.3, 0.5)):
            for told in describer.told(subject, quads):
                ids, properties = waiting[told.node[0]]
                ids.append(told.node[1])
                properties.append(told.gathered())
                if len(ids) >= BATCH:
                    spools[told.node[0]].add(*waiting.pop(told.node[0]))
        for label, each in waiting.items():
            spools[label].add(*each)

    @staticmethod
    def _forget(spools: Mapping[str, NodeSpool], origins: set[str], store: GraphStore | None) -> None:
        """Nodes of which these origins told before, and may tell nothing now."""
        for label in KNOWN if store is not None else ():
            assert store is not None
            ids = [each for batch in store.node_ids(label) for each in batch]
            for rows, values in store.property_values(label, RELATED.name):
                told = [ids[row] for row, value in zip(rows, values, strict=True) if origins & set(value)]
                known = [each for each in told if each is not None]
                spools[label].add(known, [{} for _ in known])

    def _act(self, sink: Sink, acts: Acts) -> None:
        waiting: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for subject, quads in self._subjects("reading acts", (0.5, 0.7)):
            for event, row in acts.told(subject, quads):
                waiting[event].append(row)
                if len(waiting[event]) >= BATCH:
                    _write_events(event, waiting.pop(event), sink)
            for quad in quads:
                if quad.predicate == DELETED and (own := self._names.parsed(str(subject.value))) is not None:
                    waiting["deleted"].append({"label": own[0], "id": own[1], "at": self._now_ms + 1})
        for event, rows in waiting.items():
            _write_events(event, rows, sink)

    def _report(self, faults: list[Fault], unmatched: int, rejects: RejectFile | None) -> None:
        name = self._parsed.path.name
        counts = FileReport(name, f"RDF, {self._parsed.form}")
        self.report.files.append(counts)
        lines = self._parsed.lines_of({fault.quad for fault in faults})
        told: list[tuple[int, str, str, dict[str, str] | None]] = [
            (each.line, SYNTAX, each.reason, None) for each in self._parsed.broken
        ]
        told += [(lines.get(each.quad, 0), each.shape, each.reason, _row(each.quad)) for each in faults]
        for line, shape, reason, row in sorted(told, key=lambda each: each[0]):
            counts.reject(line, f"{shape}: {reason}", row)
            if rejects is not None:
                rejects.write(name, line, f"{shape}: {reason}", row)
        counts.read = self._parsed.count + len(self._parsed.broken)
        counts.kept = counts.read - counts.rejected
        if unmatched:
            counts.notes.append(f"{unmatched:,} products are not in the graph and were left out")


def _nested(
    label: str, spool: NodeSpool, origins: set[str], store: GraphStore | None
) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    for ids, gathered in spool.batches(BATCH):
        yield ids, [_with_others(label, *each, origins, store) for each in zip(ids, gathered, strict=True)]


def _with_others(
    label: str, node_id: str, gathered: dict[str, Any], origins: set[str], store: GraphStore | None
) -> dict[str, Any]:
    known = store.properties(label, node_id) if store is not None and label in KNOWN else None
    before = (known or {}).get(RELATED.name) or {}
    if not before and not any(SEPARATOR in name for name in gathered):
        return gathered
    return nested(gathered, before, origins)


def _write_events(event: str, rows: list[dict[str, Any]], sink: Sink) -> None:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    ids = event_ids(event, columns)
    at = columns.get("at") or [None] * len(rows)
    places = [place for place, new in enumerate(sink.admit(ids, at)) if new]
    if places:
        chosen = {name: [column[place] for place in places] for name, column in columns.items()}
        users = [each or "" for each in chosen.get("user_id") or [""] * len(places)]
        fields = event_fields(event, chosen)
        sink.add_events(EventBatch(event, [ids[p] for p in places], users, [at[p] for p in places], fields))


def _row(quad: ox.Quad) -> dict[str, str]:
    return {"subject": str(quad.subject), "predicate": str(quad.predicate), "object": str(quad.object)}
