"""A file of RDF in a store on disk, whatever its size, with what in it could not be read."""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from graph.errors import StorageFull, UnreadableFile
from graph.progress import Progress, silent
from graph.rdf.formats import format_named

LOCAL_CONTEXT = b'"@context": {"@vocab": "https://schema.org/"}'
SCHEMA_CONTEXT = re.compile(rb'"@context"\s*:\s*"https?://(?:www\.)?schema\.org/?"')
"""The context by which most JSON-LD of products calls its words. It is not fetched: of words it says the same."""

MOST_ERRORS = 10_000
"""Errors after which a file is no RDF of that form."""

LOOKED_AT = 1 << 20
"""Statements after which progress is told."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that could not be read."""

    line: int
    reason: str


@dataclass(slots=True)
class Parsed:
    """A file's statements, and its broken places.

    Attributes:
        path: the file.
        form: its format's name.
        store: its statements, in the graphs that they stand in.
        count: how many statements the file has, repeated ones included.
        broken: what could not be read.
    """

    path: Path
    form: str
    store: ox.Store
    count: int = 0
    broken: list[Broken] = field(default_factory=list)

    def lines_of(self, wanted: set[ox.Quad]) -> dict[ox.Quad, int]:
        """The first line of each of these statements, by reading the file once more."""
        found: dict[ox.Quad, int] = {}
        if wanted:
            for line, quad in _statements(self.path, self.form, lambda *_: None):
                if quad in wanted and quad not in found:
                    found[quad] = line
                    if len(found) == len(wanted):
                        break
        return found


@contextmanager
def parsed(path: Path, form: str, progress: Progress = silent) -> Iterator[Parsed]:
    """Read a file into a store on disk, which goes when the block is left.

    Args:
        path: the file; one that ends in ``.gz`` is unpacked.
        form: its format's name.
        progress: told the part that is read.

    Raises:
        UnreadableFile: it cannot be opened, or is no RDF of that form.
        StorageFull: the disk took no more.
    """
    folder = Path(tempfile.mkdtemp(prefix="tastegraph-rdf-"))
    try:
        found = Parsed(path, form, ox.Store(str(folder)))
        size = max(1, path.stat().st_size) if path.exists() else 1

        def quads() -> Iterator[ox.Quad]:
            for _, quad in _statements(path, form, lambda line, why: found.broken.append(Broken(line, why))):
                found.count += 1
                if found.count % LOOKED_AT == 0:
                    progress(min(1.0, 100 * found.count / size), f"{path.name}: {found.count:,} statements")
                yield quad

        try:
            found.store.bulk_extend(quads())
        except OSError as error:
            raise StorageFull(str(folder)) from error
        if found.broken and not found.count:
            first = found.broken[0]
            raise UnreadableFile(path, f"is no {form}: {first.reason}", "name its format with --format", first.line)
        yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Lines:
    """A file that gives one line at a time, and so knows in which line the parser is."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._rest = b""
        self.line = 0

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            text = self._raw.readline()
            self.line += bool(text)
            self._rest = SCHEMA_CONTEXT.sub(LOCAL_CONTEXT, text) if b"@context" in text else text
        part = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(part) :]
        return part


def _statements(path: Path, form: str, broken: Callable[[int, str], None]) -> Iterator[tuple[int, ox.Quad]]:
    """Each statement with the line in which it ends; what cannot be read is told, and passed over."""
    try:
        with cast("IO[bytes]", gzip.open(path) if path.suffix == ".gz" else path.open("rb")) as raw:
            lines = _Lines(raw)
            parser = ox.parse(cast("IO[bytes]", lines), format_named(form), base_iri=path.resolve().as_uri())
            errors = 0
            while errors < MOST_ERRORS:
                try:
                    for quad in parser:
                        yield lines.line, quad
                    return
                except SyntaxError as error:
                    errors += 1
                    broken(error.lineno or lines.line, str(error.msg or error))
    except OSError as error:
        raise UnreadableFile(path, f"cannot be read ({error.strerror or error})") from error
