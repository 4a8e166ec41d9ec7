"""What commands and routes do with the graph as RDF."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import IO, Any

from api.errors import NothingLoaded
from api.steps import reading_store
from graph.errors import InvalidValue, SparqlNotBuilt, StorageFull
from graph.folder import DataFolder
from graph.load.report import LoadReport
from graph.progress import Progress
from graph.rdf.export import Exported, export_rdf
from graph.rdf.importing import import_rdf
from graph.rdf.knowledge import Knowledge, build_knowledge, current_knowledge
from graph.rdf.mapping import read_rdf_mapping
from graph.rdf.reasoning import Reasoned, reason
from graph.rdf.results import Answer
from graph.rdf.rules import read_rules, shipped_rules
from graph.rdf.sparql import Sparql
from graph.rdf.terms import BASE, IRI, Names

PART = ".part"


def names_of(base: str | None) -> Names:
    """Names under a base of the user's choice.

    Raises:
        InvalidValue: it is no beginning of an IRI.
    """
    if base is not None and (not IRI.fullmatch(base) or base[-1] not in ":/#"):
        raise InvalidValue("base", f"{base!r} is no IRI that ends in : or / or #, such as https://shop.example/id/")
    return Names(base or BASE)


def export_to(folder: DataFolder, out: Path | None, form: str, base: str | None, progress: Progress) -> Exported:
    """Write the graph to a file, which is there when it is whole, or to standard output.

    Raises:
        StorageFull: the disk took no more; the file is as it was.
    """
    with reading_store(folder) as store:
        if out is None:
            return export_rdf(store, sys.stdout.buffer, form=form, names=names_of(base), progress=progress)
        partial = out.with_name(out.name + PART)
        try:
            with partial.open("wb", buffering=1 << 20) as target:
                told = export_rdf(store, _bytes(target), form=form, names=names_of(base), progress=progress)
            partial.replace(out)
        except OSError as error:
            raise StorageFull(str(out)) from error
        finally:
            partial.unlink(missing_ok=True)
    return told


def _bytes(target: Any) -> IO[bytes]:
    written: IO[bytes] = target
    return written


def import_from(
    file: Path,
    folder: DataFolder,
    mapping: Path | None,
    form: str | None,
    base: str | None,
    dry_run: bool,
    progress: Progress,
) -> LoadReport:
    """Read a file; as `graph.rdf.importing.import_rdf`."""
    told = None if mapping is None else read_rdf_mapping(mapping)
    return import_rdf(
        file, folder, mapping=told, form=form, names=names_of(base), dry_run=dry_run, progress=progress
    )  # fmt: skip


def build_statements(folder: DataFolder, progress: Progress) -> Knowledge:
    """Write the store that answers SPARQL; as `graph.rdf.knowledge.build_knowledge`."""
    with reading_store(folder) as store:
        return build_knowledge(folder, store, progress=progress)


def infer(folder: DataFolder, rules: Path | None, dry_run: bool, progress: Progress) -> Reasoned:
    """Infer by the shipped rules and a file's; as `graph.rdf.reasoning.reason`."""
    if not folder.log.exists():
        raise NothingLoaded(str(folder.path))
    chosen = [*shipped_rules(), *(read_rules(rules) if rules is not None else ())]
    return reason(folder, chosen, dry_run=dry_run, progress=progress)


def ask(
    asker: Sparql, folder: DataFolder, query: str, accept: str, step: Callable[[str], AbstractContextManager[Progress]]
) -> Answer:
    """Answer a query from the command line; statements that are not there, or behind the store, are built first."""
    try:
        behind = _is_behind(folder, current_knowledge(folder))
    except SparqlNotBuilt:
        behind = True
    if behind:
        with step("Writing statements") as progress:
            build_statements(folder, progress)
    return asker.ask(query, accept=accept)


def _is_behind(folder: DataFolder, knowledge: Knowledge) -> bool:
    if not folder.log.exists():
        return False
    with closing(folder.open_store(read_only=True)) as store:
        return store.position() != knowledge.position
