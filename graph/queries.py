"""The named Cypher queries: one file each in the package `cypher`, with what they are for in front of the text.

Front matter is a block of ``// key: value`` lines: ``name`` (the file's stem), ``summary``, ``access`` (read, write or
schema), then ``param NAME: TYPE, meaning``, ``column NAME: TYPE, meaning``, and where they apply ``same as``,
``used by``, ``cost``. A longer value goes on in the next line after ``//   ``.

Cypher takes no label, relationship type or property name as a parameter. Where a query is for any of them, its text
says ``{label}``, ``{source}``, ``{type}``, ``{target}`` or ``{property}``, and whoever asks for it fills in a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from graph.errors import InvalidValue

FOLDERS = ("schema", "write", "read", "traverse", "analyse")
ACCESS = ("read", "write", "schema")
PLACEHOLDERS = ("label", "source", "type", "target", "property", "index")
PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
ENTRY = re.compile(r"// (param |column )?([^:]+): (.+)")
CONTINUED = "//   "


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One query of the catalogue.

    Attributes:
        name: the stem of its file.
        folder: what it belongs to: schema, write, read, traverse or analyse.
        summary: what it answers or does, a sentence.
        access: ``read``, ``write`` or ``schema``.
        parameters: type and meaning by name.
        columns: type and meaning of what it returns, by name, in order.
        text: the Cypher, without the front matter.
        same_as: the importable in-memory code that gives the same, if there is any.
        used_by: who asks it.
        cost: what it costs.
    """

    name: str
    folder: str
    summary: str
    access: str
    text: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    same_as: str = ""
    used_by: str = ""
    cost: str = ""

    @property
    def placeholders(self) -> frozenset[str]:
        """The names that must be filled in before it can be run."""
        return frozenset(PLACEHOLDER.findall(self.text))

    def filled(self, **names: str) -> str:
        """The text with names in the place of its placeholders.

        Raises:
            InvalidValue: a name is missing, too many, or is no plain identifier.
        """
        if names.keys() != self.placeholders:
            wanted = ", ".join(sorted(self.placeholders)) or "none"
            raise InvalidValue(
                self.name, f"the query needs the names {wanted}, got {', '.join(sorted(names)) or 'none'}"
            )
        for key, name in names.items():
            if not NAME.fullmatch(name):
                raise InvalidValue(self.name, f"{key} must be a plain name, not {name!r}")
        return PLACEHOLDER.sub(lambda found: names[found[1]], self.text)


@cache
def catalogue() -> Mapping[str, NamedQuery]:
    """All queries by name.

    Raises:
        InvalidValue: a file breaks the form, or two have one name.
    """
    found: dict[str, NamedQuery] = {}
    for folder in FOLDERS:
        place = files("cypher").joinpath(folder)
        for file in sorted(_cypher_files(place), key=lambda each: each.name):
            read = parse(file.name.removesuffix(".cypher"), folder, file.read_text(encoding="utf-8"))
            if read.name in found:
                raise InvalidValue(read.name, f"is in cypher/{found[read.name].folder} and in cypher/{folder}")
            found[read.name] = read
    return MappingProxyType(found)


def query(name: str, **names: str) -> str:
    """The text of a query, its placeholders filled in.

    Raises:
        InvalidValue: there is no such query, or the names are not those that it needs.
    """
    found = catalogue().get(name)
    if found is None:
        raise InvalidValue("query", f"no query is called {name!r}")
    return found.filled(**names)


def parse(stem: str, folder: str, text: str) -> NamedQuery:
    """Read one file.

    Raises:
        InvalidValue: its front matter breaks the form.
    """
    lines = text.splitlines()
    body = next((n for n, line in enumerate(lines) if not line.startswith("//")), len(lines))
    entries = [_entry(stem, line) for line in _joined(lines[:body])]
    facts = {key: value for kind, key, value in entries if not kind}
    for key in ("name", "summary", "access"):
        if key not in facts:
            raise InvalidValue(stem, f"the front matter lacks {key}")
    if facts["name"] != stem or facts["access"] not in ACCESS:
        raise InvalidValue(stem, "name must be the file's stem, access one of " + ", ".join(ACCESS))
    unknown = facts.keys() - {"name", "summary", "access", "same as", "used by", "cost"}
    if unknown:
        raise InvalidValue(stem, f"the front matter has unknown keys: {', '.join(sorted(unknown))}")
    return NamedQuery(
        stem,
        folder,
        facts["summary"],
        facts["access"],
        "\n".join(lines[body:]).strip(),
        {key: value for kind, key, value in entries if kind == "param "},
        {key: value for kind, key, value in entries if kind == "column "},
        facts.get("same as", ""),
        facts.get("used by", ""),
        facts.get("cost", ""),
    )


def _joined(lines: list[str]) -> list[str]:
    joined: list[str] = []
    for line in lines:
        if line.startswith(CONTINUED) and joined:
            joined[-1] += " " + line.removeprefix(CONTINUED).strip()
        else:
            joined.append(line)
    return joined


def _entry(stem: str, line: str) -> tuple[str, str, str]:
    found = ENTRY.fullmatch(line)
    if found is None:
        raise InvalidValue(stem, f"a line of the front matter cannot be read: {line}")
    return found[1] or "", found[2].strip(), found[3].strip()


def _cypher_files(place: Traversable) -> list[Traversable]:
    return [each for each in place.iterdir() if each.name.endswith(".cypher")] if place.is_dir() else []
