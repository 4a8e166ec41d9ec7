"""What the words of somebody's RDF mean in the graph: read from TOML, on top of what our own terms mean."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.errors import InvalidMapping
from graph.rdf import terms
from graph.schema import KNOWN, NODES

PREFIXED = {**terms.PREFIXES}


class Match(BaseModel):
    """How a thing of the file is found in the graph: a value of the file equals a property there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    predicate: str
    """IRI of the file's property that holds the value."""
    property: str = "id"
    """``id``, a property of the label, or ``attributes.NAME``."""


class MappingContent(BaseModel):
    """A mapping as written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str = ""
    """Name of the source, under which its knowledge is kept; by default the file's name."""
    prefixes: dict[str, str] = Field(default_factory=dict)
    """Short names for IRIs, for use in this mapping: ``ex = "https://example.org/"``."""
    classes: dict[str, str] = Field(default_factory=dict)
    """Label by class."""
    properties: dict[str, str] = Field(default_factory=dict)
    """Property of the graph by property of the file: a name of the label's, or ``attributes.NAME``."""
    predicates: dict[str, str] = Field(default_factory=dict)
    """Id under which knowledge by that property is kept; by default its IRI."""
    match: dict[str, list[Match]] = Field(default_factory=dict)
    """By label: ways to find a thing in the graph, tried in order."""
    unmatched: Literal["create", "reject"] = "create"
    """What becomes of a product of the file that is not in the graph."""
    others: Literal["entity", "skip"] = "entity"
    """What becomes of things whose class says nothing to us."""
    languages: list[str] = Field(default_factory=lambda: ["en", "zh"])
    """Of texts in several languages the first of these that is there is taken."""
    scale: dict[str, float] = Field(default_factory=dict)
    """By property of the graph: what numbers are multiplied with."""


@dataclass(frozen=True)
class RdfMapping:
    """A mapping with whole IRIs.

    Attributes:
        path: where it is written; None for our own words alone.
        content: as written, prefixes written out.
        classes: label by class, our own included.
    """

    path: Path | None
    content: MappingContent
    classes: dict[str, str] = field(default_factory=dict)

    def property_of(self, label: str, predicate: str) -> str | None:
        """The property of a label that a predicate is kept as; None when the mapping has no word on it."""
        told = self.content.properties.get(predicate)
        if told is not None:
            return told
        return _OWN.get((label, predicate))


_OWN: dict[tuple[str, str], str] = {
    (node.label, terms.property_term(node.label, each.name)): each.name
    for node in NODES.values()
    for each in node.properties
    if each.name not in ("related", "attributes")
}
_OWN_CLASSES: dict[str, str] = {
    **{iri: label for label, iri in terms.CLASSES.items()},
    **dict.fromkeys(
        [f"{terms.OWL}{kind}" for kind in ("ObjectProperty", "TransitiveProperty", "SymmetricProperty")], "Predicate"
    ),
}


def own_mapping() -> RdfMapping:
    """What our own terms and schema.org's mean."""
    return RdfMapping(None, MappingContent(), _OWN_CLASSES)


def read_rdf_mapping(path: Path) -> RdfMapping:
    """Read a mapping.

    Raises:
        InvalidMapping: it cannot be read, or says what cannot be.
    """
    try:
        content = MappingContent.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InvalidMapping(path, "file", f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidMapping(path, "file", f"is no TOML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise InvalidMapping(path, where, first["msg"]) from error
    content = _written_out(path, content)
    _check(path, content)
    return RdfMapping(path, content, {**_OWN_CLASSES, **content.classes})


def _written_out(path: Path, content: MappingContent) -> MappingContent:
    prefixes = {**PREFIXED, **content.prefixes}

    def whole(where: str, name: str) -> str:
        prefix, colon, rest = name.partition(":")
        if colon and prefix in prefixes:
            return prefixes[prefix] + rest
        if not terms.IRI.fullmatch(name):
            raise InvalidMapping(path, where, f"{name!r} is no IRI", "write it whole, or name its prefix in prefixes")
        return name

    told: dict[str, Any] = {
        name: {whole(name, iri): value for iri, value in getattr(content, name).items()}
        for name in ("classes", "properties", "predicates")
    }
    told["match"] = {
        label: [Match(predicate=whole(f"match.{label}", each.predicate), property=each.property) for each in ways]
        for label, ways in content.match.items()
    }
    return content.model_copy(update=told)


def _check(path: Path, content: MappingContent) -> None:
    for iri, label in content.classes.items():
        if label not in NODES:
            known = ", ".join(NODES)
            raise InvalidMapping(path, "classes", f"{label!r}, for {iri}, is no label", f"use one of {known}")
    for label, ways in content.match.items():
        if label not in KNOWN:
            raise InvalidMapping(path, "match", f"{label!r} cannot be matched", f"use one of {', '.join(KNOWN)}")
        for each in ways:
            if each.property != "id" and not _is_property(each.property, (label,)):
                raise InvalidMapping(path, f"match.{label}", f"{label} has no property {each.property!r}")
    for iri, name in content.properties.items():
        if not _is_property(name, tuple(NODES)):
            hint = "use a name of the schema, or attributes.NAME"
            raise InvalidMapping(path, "properties", f"{name!r}, for {iri}, is no property of any label", hint)


def _is_property(name: str, labels: tuple[str, ...]) -> bool:
    return name.startswith("attributes.") or any(NODES[label].property(name) for label in labels)
