"""What a load did, row by row in numbers: for programs as JSON, for people as a table, and rejects in a file."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import IO, Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from graph.errors import StorageFull

SAMPLES = 3
"""Rows shown for each reason."""
LONGEST_TEXT = 200
"""Characters shown of one value."""


@dataclass(slots=True)
class FileReport:
    """One table of one file. Always ``read = kept + rejected``; repaired rows are among the kept ones."""

    file: str
    table: str
    read: int = 0
    kept: int = 0
    repaired: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, reason: str, row: Any) -> None:
        """Count a row that is not taken."""
        self.read += 1
        self.rejected += 1
        self.reasons[reason] += 1
        if self.reasons[reason] <= SAMPLES:
            self.samples.append({"line": line, "reason": reason, "row": _shortened(row)})

    def as_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "file": self.file,
            "table": self.table,
            "read": self.read,
            "kept": self.kept,
            "repaired": self.repaired,
            "rejected": self.rejected,
            "reasons": dict(self.reasons.most_common()),
            "repairs": dict(self.repairs.most_common()),
            "notes": self.notes,
            "samples": self.samples,
        }


@dataclass(slots=True)
class LoadReport:
    """A whole load.

    Attributes:
        import_id: names its report and its file of rejected rows.
        sha256: of the mapping and all files; the same again is not loaded twice.
        files: one entry for each table and file.
        nodes: nodes in the store afterwards, by label; of a dry run: those that the files describe.
        edges: edges in the store afterwards, by type; of a dry run: events that make them.
        seconds: how long it took.
        dry_run: nothing was written.
        already_imported: exactly this had been loaded before, and nothing was done.
        rejects: the file with every rejected row, if there is any.
    """

    import_id: str
    sha256: str
    files: list[FileReport] = field(default_factory=list)
    nodes: dict[str, int] = field(default_factory=dict)
    edges: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    dry_run: bool = False
    already_imported: bool = False
    rejects: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As JSON types, in the form of INTERFACES."""
        return {
            "import": self.import_id,
            "sha256": self.sha256,
            "dry_run": self.dry_run,
            "already_imported": self.already_imported,
            "seconds": round(self.seconds, 3),
            "files": [file.as_json() for file in self.files],
            "nodes": self.nodes,
            "edges": self.edges,
            "rejects": self.rejects,
        }

    def text(self) -> str:
        """For people: a table, the reasons with samples, and what the store holds now."""
        out = StringIO()
        console = Console(file=out, width=110, no_color=True)
        if self.already_imported:
            console.print("Exactly these files were loaded before; nothing was done.")
        grid = Grid("file", "as", *("read", "kept", "repaired", "rejected"), title="Dry run" if self.dry_run else None)
        for file in self.files:
            counts = (file.read, file.kept, file.repaired, file.rejected)
            grid.add_row(escape(file.file), escape(file.table), *(f"{count:,}" for count in counts))
        console.print(grid)
        for file in self.files:
            _print_details(console, file)
        for title, counts_ in (("nodes", self.nodes), ("edges", self.edges)):
            console.print(
                f"{title}: " + ", ".join(f"{count:,} {name}" for name, count in counts_.items()), markup=False
            )
        if self.rejects:
            console.print(f"rejected rows: {self.rejects}", markup=False)
        return out.getvalue()

    def write(self, path: Path) -> None:
        """Keep the JSON; another load's report of the same name is replaced."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_bytes(orjson.dumps(self.as_json(), option=orjson.OPT_INDENT_2, default=str))
        partial.replace(path)


def _print_details(console: Console, file: FileReport) -> None:
    for title, counts in (("rejected", file.reasons), ("repaired", file.repairs)):
        for reason, count in counts.most_common():
            console.print(f"{file.file}: {count:,} {title}: {reason}", markup=False)
            if title == "rejected":
                _print_sample(console, file.samples, reason)
    for note in file.notes:
        console.print(f"{file.file}: {note}", markup=False)


def _shortened(row: Any) -> Any:
    """The row with its long texts cut; the reject file has them whole."""
    if not isinstance(row, dict):
        return row
    return {
        name: f"{value[:LONGEST_TEXT]}…" if isinstance(value, str) and len(value) > LONGEST_TEXT else value
        for name, value in row.items()
    }


def _print_sample(console: Console, samples: Sequence[dict[str, Any]], reason: str) -> None:
    first = next((sample for sample in samples if sample["reason"] == reason), None)
    if first:
        row = orjson.dumps(first["row"], default=str).decode(errors="replace")
        console.print(f"    line {first['line']}: {row[:160]}", markup=False)


def read_report(path: Path) -> LoadReport | None:
    """An earlier load's report, or None when it is gone."""
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    files = [
        FileReport(**{**file, "reasons": Counter(file["reasons"]), "repairs": Counter(file["repairs"])})
        for file in content["files"]
    ]
    return LoadReport(
        content["import"],
        content["sha256"],
        files,
        content["nodes"],
        content["edges"],
        content["seconds"],
        rejects=content["rejects"],
    )


class RejectFile:
    """Every rejected row with file, line and reason, one JSON object a line; made with the first of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = path.with_suffix(".part")
        self._out: IO[bytes] | None = None

    def write(self, file: str, line: int, reason: str, row: Any) -> None:
        """Add a row.

        Raises:
            StorageFull: no space was left.
        """
        content = orjson.dumps({"file": file, "line": line, "reason": reason, "row": row}, default=str)
        try:
            if self._out is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._out = self._partial.open("wb", buffering=1 << 20)
            self._out.write(content + b"\n")
        except OSError as error:
            raise _full(self._partial, error) from error

    def keep(self) -> Path | None:
        """The load is done: give the file its name. None when nothing was rejected."""
        if self._out is None:
            return None
        try:
            self._out.close()
        except OSError as error:
            raise _full(self._partial, error) from error
        self._partial.replace(self.path)
        return self.path

    def drop(self) -> None:
        """The load failed: leave nothing behind."""
        if self._out is not None:
            with suppress(OSError):  # the disk may be full, which may be why we are here
                self._out.close()
            self._partial.unlink(missing_ok=True)


def _full(path: Path, error: OSError) -> Exception:
    return StorageFull(str(path)) if error.errno in {errno.ENOSPC, errno.EDQUOT} else error
