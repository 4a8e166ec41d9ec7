"""Reports of loads and reject files keep rows as they came; those that name an erased person are taken out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson

from graph.folder import DataFolder
from graph.snapshot.files import replace_bytes, translated_os_errors

BETWEEN_WORDS = re.compile(r"""[\s,;|"']+""")


def scrub_reports(folder: DataFolder, user_id: str) -> int:
    """Take every row that names a person out of reject files, and every sample out of reports; how many there were."""
    rejects = sum(_scrub_lines(each, user_id) for each in sorted(folder.rejects.glob("*.jsonl")))
    return rejects + sum(_scrub_report(each, user_id) for each in sorted(folder.reports.glob("*.json")))


def rows_about(folder: DataFolder, user_id: str) -> list[Any]:
    """The rows of reject files that name a person."""
    return [
        row
        for path in sorted(folder.rejects.glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
        if _mentions(line, user_id) and names(row := orjson.loads(line), user_id)
    ]


def _scrub_lines(path: Path, user_id: str) -> int:
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not (_mentions(line, user_id) and names(orjson.loads(line), user_id))]
    if len(kept) < len(lines):
        with translated_os_errors(path):
            replace_bytes(path, b"".join(kept))
    return len(lines) - len(kept)


def _scrub_report(path: Path, user_id: str) -> int:
    content = path.read_bytes()
    if not _mentions(content, user_id):
        return 0
    report = orjson.loads(content)
    gone = 0
    for file in report.get("files", ()):
        samples = file.get("samples", ())
        file["samples"] = [each for each in samples if not names(each, user_id)]
        gone += len(samples) - len(file["samples"])
    if gone:
        with translated_os_errors(path):
            replace_bytes(path, orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    return gone


def _mentions(content: bytes, user_id: str) -> bool:
    """A quick look that may err on the side of yes."""
    return orjson.dumps(user_id)[1:-1] in content


def names(value: Any, user_id: str) -> bool:
    """Whether a JSON value holds the id: as a whole value, or as one of the words of a row that was never split."""
    if isinstance(value, dict):
        return any(names(each, user_id) for each in value.values())
    if isinstance(value, list):
        return any(names(each, user_id) for each in value)
    return str(value) == user_id or (isinstance(value, str) and user_id in BETWEEN_WORDS.split(value))
