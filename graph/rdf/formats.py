"""The forms in which RDF is written and read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyoxigraph import RdfFormat

from graph.errors import InvalidValue

FORMATS: Mapping[str, RdfFormat] = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "trig": RdfFormat.TRIG,
}
"""By the name on the command line."""

ENDINGS: Mapping[str, str] = {
    ".ttl": "turtle", ".turtle": "turtle", ".nt": "ntriples", ".ntriples": "ntriples", ".jsonld": "jsonld",
    ".json": "jsonld", ".trig": "trig",
}  # fmt: skip

DATASETS = ("jsonld", "trig")
"""Formats that hold several graphs, so that knowledge stands in the graph of its origin."""


def format_named(name: str) -> RdfFormat:
    """A format by its name.

    Raises:
        InvalidValue: there is no such format.
    """
    if name not in FORMATS:
        raise InvalidValue("format", f"{name!r} is none of {', '.join(FORMATS)}")
    return FORMATS[name]


def format_of(path: Path) -> str:
    """The format that a file's ending tells.

    Raises:
        InvalidValue: it tells none.
    """
    found = ENDINGS.get(path.suffix.lower())
    if found is None:
        raise InvalidValue("format", f"the ending of {path.name} tells no format; name one of {', '.join(FORMATS)}")
    return found


PREFIXED = ("turtle", "trig")
"""Formats that shorten IRIs."""
