"""Everything that search looks into, made once for a snapshot and kept like a trained model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from embeddings.artefact import TrainedModel, save_model
from embeddings.index import build_index
from embeddings.index.build import EXACT_UP_TO
from embeddings.table import EmbeddingTable
from embeddings.text import GlossedEncoder, TextEncoder, language_of
from embeddings.training import Progress, silent
from graph.snapshot.view import LiveView
from recommend.query import Floats, Rows
from recommend.search.documents import Document, Documents
from recommend.search.kin import kin_by_shelves
from recommend.search.names import NameIndex
from recommend.search.words import WordIndex, WordIndexBuilder
from recommend.served import ServedModel

NAME = "search"
BATCH = 2000
"""Products that are encoded at a time."""
PARTS: Mapping[str, float] = {"heading": 1.0, "description": 0.5, "reviews": 0.25}
"""Weight of a part of a product's text in its vector."""


@dataclass(frozen=True)
class Search:
    """How the index was made; the settings of the artefact."""

    name: ClassVar[str] = NAME

    encoder: str = GlossedEncoder.name
    dim: int = GlossedEncoder.dim
    form: int = 2
    """Of the arrays; an index of another form is made anew."""


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """What is known of all products in words.

    Attributes:
        version: of the index.
        words: which product has which words.
        names: categories, brands, tags and entities by name.
        meaning: a vector of each product, zeros for one without words.
        languages: tags of the languages found.
        language: ``(n,)`` uint8 place in ``languages`` of each product.
        kin: ``(brands, k)`` int32 brands with the same shelves, -1 where there are fewer.
        kin_alike: ``(brands, k)`` float32 how much so.
    """

    version: str
    words: WordIndex
    names: NameIndex
    meaning: ServedModel
    languages: Sequence[str]
    language: NDArray[np.uint8]
    kin: Rows
    kin_alike: Floats

    @classmethod
    def of(cls, kept: TrainedModel) -> SearchIndex:
        """As it was kept; for more than `EXACT_UP_TO` products an index of their vectors is made."""
        vectors, arrays = kept.tables["Product"], kept.arrays
        index = build_index(EmbeddingTable("Product", vectors)) if len(vectors) > EXACT_UP_TO else None
        nobody = np.zeros((0, vectors.shape[1]), np.float32)
        return cls(
            version=kept.version,
            words=WordIndex.of(arrays, len(vectors)),
            names=NameIndex.of(arrays),
            meaning=ServedModel(NAME, kept.version, nobody, vectors, vectors, index),
            languages=kept.details["languages"],
            language=arrays["language"],
            kin=arrays["kin"],
            kin_alike=arrays["kin_alike"],
        )


def fit_index(
    folder: Path,
    view: LiveView,
    reviews: Mapping[int, Sequence[str]],
    encoder: TextEncoder,
    progress: Progress = silent,
) -> TrainedModel:
    """Read all products of a view, and keep what search needs of them as the current version.

    Args:
        folder: of all models.
        view: the graph.
        reviews: texts by product row.
        encoder: makes the vectors.
        progress: told the finished part.

    Raises:
        StorageFull: the disk took no more; the version before stays current.
        StoreUnavailable: the folder cannot be written.
    """
    count = view.count("Product")
    builder, vectors, languages = WordIndexBuilder(), np.zeros((count, encoder.dim), np.float32), Languages()
    batch: list[Document] = []
    for row, document in enumerate(Documents(view, reviews)):
        builder.add(document)
        languages.add(document)
        batch.append(document)
        if len(batch) == BATCH or row == count - 1:
            vectors[row + 1 - len(batch) : row + 1] = encoded(encoder, batch)
            batch.clear()
            progress(0.9 * (row + 1) / count, f"{row + 1:,} of {count:,} products")
    kin, alike = kin_by_shelves(view)
    arrays = {
        **builder.build().arrays(),
        **NameIndex.build(view).arrays(),
        "language": np.array(languages.codes, np.uint8),
        "kin": kin,
        "kin_alike": alike,
    }
    made = Search(encoder.name, encoder.dim)
    details = {"languages": list(languages.known)}
    return save_model(folder, made, {"Product": vectors}, view.snapshot_id, 0, details=details, arrays=arrays)


class Languages:
    """Tells and numbers the languages of documents."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {"": 0}
        self.codes: list[int] = []

    def add(self, document: Document) -> None:
        """The next document; one without words is in no language."""
        text = document.prose or document.whole
        self.codes.append(self.known.setdefault(language_of(text) if text.strip() else "", len(self.known)))


def encoded(encoder: TextEncoder, documents: Sequence[Document]) -> Floats:
    """``(len(documents), dim)`` the weighted mean of the vectors of each document's parts, of length 1 or zeros."""
    total = np.zeros((len(documents), encoder.dim), np.float32)
    for part, weight in PARTS.items():
        texts = [getattr(each, part) for each in documents]
        there = np.array([bool(text) for text in texts])
        if there.any():
            total[there] += weight * encoder.encode([text for text in texts if text])
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.where(lengths > 0, lengths, 1), np.float32)
