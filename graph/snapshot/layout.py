"""Which file of a snapshot holds what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from numpy.typing import NDArray

from graph.schema import EDGE_TYPES, NODES, PRODUCT_ACTIONS, Keeping, Type
from graph.snapshot.csr import Adjacency, Csr
from graph.snapshot.text import TextColumn
from graph.snapshot.vocabulary import Vocabulary

EdgeKey = tuple[str, str, str]

ACTED: EdgeKey = ("User", "ACTED", "Product")
"""The one adjacency of everything that people did with products; stamps tell the actions apart."""

TIMED_KEYS = frozenset({ACTED, *(edge.key for edge in EDGE_TYPES if edge.keeping is not Keeping.DERIVED)})
"""Edge sets that have a time in their stamps, also where none is known."""

CODED_KEYS = frozenset(edge.key for edge in EDGE_TYPES if edge.type == "RELATED")
"""Edge sets whose stamps say what they mean: the predicate's row, doubled, and 1 more where a rule inferred it."""

STAMPED_KEYS = TIMED_KEYS | CODED_KEYS
"""Edge sets that have stamps; derived ones but RELATED have none."""

NUMBER_TYPES = (Type.INTEGER, Type.FLOAT, Type.BOOLEAN, Type.TIME)
"""Property types kept as ``(n,)`` float64 with NaN for missing; all others are texts, structured ones as JSON."""

Named = tuple[str, NDArray[Any]]
Lookup = Callable[[str], NDArray[Any]]


def is_action(key: EdgeKey) -> bool:
    """Whether an edge set is a part of `ACTED`."""
    return key[0] == "User" and key[2] == "Product" and key[1] in PRODUCT_ACTIONS


def is_number(label: str, name: str) -> bool:
    """Whether a property is kept as numbers."""
    declared = NODES[label].property(name)
    return declared is not None and declared.type in NUMBER_TYPES


def key_name(key: EdgeKey) -> str:
    """An edge set's name in the manifest."""
    return "-".join(key)


def named_key(name: str) -> EdgeKey:
    """The edge set of a name in the manifest."""
    source, type_, target = name.split("-")
    return source, type_, target


def csr_files(key: EdgeKey, direction: str, csr: Csr) -> Iterator[Named]:
    """Files of one direction, ``out`` or ``into``."""
    stem = f"{key_name(key).lower()}.{direction}"
    yield f"{stem}.indptr.npy", csr.indptr
    yield f"{stem}.indices.npy", csr.indices
    if csr.stamps is not None:
        yield f"{stem}.stamps.npy", csr.stamps


def read_adjacency(lookup: Lookup, key: EdgeKey) -> Adjacency:
    """The edges of one edge set."""
    return Adjacency(_read_csr(lookup, key, "out"), _read_csr(lookup, key, "into"))


def _read_csr(lookup: Lookup, key: EdgeKey, direction: str) -> Csr:
    stem = f"{key_name(key).lower()}.{direction}"
    stamps = lookup(f"{stem}.stamps.npy") if key in STAMPED_KEYS else None
    return Csr(lookup(f"{stem}.indptr.npy"), lookup(f"{stem}.indices.npy"), stamps)


def text_files(label: str, name: str, column: TextColumn) -> Iterator[Named]:
    """Files of one column of texts."""
    stem = f"{label.lower()}.{name}"
    yield f"{stem}.bytes.npy", column.blob
    yield f"{stem}.offsets.npy", column.offsets


def read_texts(lookup: Lookup, label: str, name: str) -> TextColumn:
    """One column of texts."""
    stem = f"{label.lower()}.{name}"
    return TextColumn(lookup(f"{stem}.bytes.npy"), lookup(f"{stem}.offsets.npy"))


def number_file(label: str, name: str) -> str:
    """File of one column of numbers."""
    return f"{label.lower()}.{name}.npy"


def vocabulary_files(label: str, vocabulary: Vocabulary) -> Iterator[Named]:
    """Files of the ids of one label."""
    yield from text_files(label, "id", vocabulary.texts)
    yield f"{label.lower()}.id.slots.npy", vocabulary.slots


def read_vocabulary(lookup: Lookup, label: str) -> Vocabulary:
    """The ids of one label."""
    return Vocabulary(read_texts(lookup, label, "id"), lookup(f"{label.lower()}.id.slots.npy"))


def gone_file(label: str) -> str:
    """File of which rows are deleted or erased."""
    return f"{label.lower()}.gone.npy"
