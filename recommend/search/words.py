"""BM25 over the fields of documents, in arrays that can be memory-mapped.

A word's count in a document is the sum of its counts in the fields, each times the field's weight, before it is held
down: the simple BM25F of Robertson, Zaragoza and Taylor, CIKM 2004. The inverse document frequency is Lucene's,
``ln(1 + (n - df + 0.5) / (df + 0.5))``, which is never negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.text import telling, tokens
from graph.snapshot.text import TextColumn
from graph.snapshot.vocabulary import Vocabulary, build_vocabulary
from recommend.query import Floats, Rows
from recommend.search import kernels
from recommend.search.documents import Document

FIELDS: Mapping[str, float] = {"title": 3.0, "names": 2.0, "attributes": 1.0, "description": 1.0, "reviews": 0.5}
"""Worth of a word by the field that it is in."""
K1 = 1.2
"""How slowly more of the same word stops counting."""
B = 0.75
"""How much long documents are held down, 0 to 1."""
LONGEST_TERM = 64
"""Bytes of a word; what is longer is no word that anybody types."""


@dataclass(frozen=True, slots=True)
class WordIndex:
    """Which documents have which words.

    Attributes:
        vocabulary: the words, by term row.
        indptr: ``(v + 1,)`` int64: the postings of a term lie in ``[indptr[term], indptr[term + 1])``.
        rows: ``(k,)`` int32 documents, rising within a term.
        impacts: ``(k,)`` float32: what the word adds to the document's score.
        count: documents.
        mean: words of a document that has any, weighted by their fields.
    """

    vocabulary: Vocabulary
    indptr: NDArray[np.int64]
    rows: Rows
    impacts: Floats
    count: int
    mean: float

    def terms(self, text: str) -> dict[str, int]:
        """The telling words of a question that any document has, each with its term row."""
        found = {word: self.vocabulary.row(word) for word in telling(text)}
        return {word: row for word, row in found.items() if row >= 0}

    def scores(self, terms: Iterable[int]) -> Floats:
        """``(count,)`` float32 sum of the terms' impacts; 0 for documents that have none."""
        scores = np.zeros(self.count, np.float32)
        for term in terms:
            kernels.add_impacts(self.indptr, self.rows, self.impacts, term, scores)
        return scores

    def holds(self, term: int, row: int) -> bool:
        """Whether a document has a word."""
        rows = self.rows[self.indptr[term] : self.indptr[term + 1]]
        at = int(np.searchsorted(rows, row))
        return at < len(rows) and int(rows[at]) == row

    def arrays(self) -> dict[str, NDArray[Any]]:
        """As they are kept in an artefact."""
        texts = self.vocabulary.texts
        return {
            "words.blob": texts.blob,
            "words.offsets": texts.offsets,
            "words.slots": self.vocabulary.slots,
            "words.indptr": self.indptr,
            "words.rows": self.rows,
            "words.impacts": self.impacts,
            "words.mean": np.array([self.mean]),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], count: int) -> WordIndex:
        """As they were kept."""
        blob, offsets, slots, indptr, rows, impacts = (
            arrays[f"words.{name}"] for name in ("blob", "offsets", "slots", "indptr", "rows", "impacts")
        )
        vocabulary = Vocabulary(TextColumn(blob, offsets), slots)
        return cls(vocabulary, indptr, rows, impacts, count, float(arrays["words.mean"][0]))


class WordIndexBuilder:
    """Takes documents one by one, in the order of their rows."""

    def __init__(self) -> None:
        self._terms: dict[str, int] = {}
        self._documents: list[NDArray[np.int32]] = []
        self._found: list[NDArray[np.int32]] = []
        self._counts: list[NDArray[np.float32]] = []
        self._lengths: list[float] = []

    def add(self, document: Document) -> None:
        """The next document."""
        counts: dict[str, float] = {}
        for name, weight in FIELDS.items():
            for word in tokens(getattr(document, name)):
                counts[word] = counts.get(word, 0.0) + weight
        row = len(self._lengths)
        self._lengths.append(sum(counts.values()))
        if counts:
            words = [word for word in counts if len(word.encode()) <= LONGEST_TERM]
            self._documents.append(np.full(len(words), row, np.int32))
            self._found.append(np.array([self._terms.setdefault(word, len(self._terms)) for word in words], np.int32))
            self._counts.append(np.array([counts[word] for word in words], np.float32))

    def build(self, like: WordIndex | None = None) -> WordIndex:
        """The index of all documents.

        Args:
            like: an index of many more documents, whose rarities and mean length are taken, so that the scores of both
                can be compared. A word that it lacks is as rare as one of a single document.
        """
        documents, terms = _joined(self._documents, np.int32), _joined(self._found, np.int32)
        indptr = np.zeros(len(self._terms) + 1, np.int64)
        rows, counts = np.empty(len(terms), np.int32), np.empty(len(terms), np.float32)
        kernels.sort_postings(documents, terms, _joined(self._counts, np.float32), indptr, rows, counts)
        lengths = np.array(self._lengths)
        having, count, mean = np.diff(indptr), int(np.count_nonzero(lengths)), _mean(lengths)
        if like is not None and like.count:
            known = like.vocabulary.rows(list(self._terms))
            usual = np.append(np.diff(like.indptr), 1)  # the last for words that it lacks: -1
            having, count, mean = usual[known], like.count, like.mean or mean
        rarity = _rarity(having, count)
        impacts = _impacts(np.repeat(rarity, np.diff(indptr)), counts, lengths[rows] / max(mean, 1e-9))
        return WordIndex(build_vocabulary(self._terms), indptr, rows, impacts, len(lengths), mean)


def _joined(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype)


def _rarity(having: NDArray[np.int64], documents: int) -> NDArray[np.float64]:
    """Inverse document frequency of words, by how many documents have each."""
    return np.asarray(np.log1p((max(documents, 1) - having + 0.5) / (having + 0.5)))


def _mean(lengths: NDArray[np.float64]) -> float:
    """Of documents that have any words."""
    return float(lengths.sum() / max(1, np.count_nonzero(lengths)))


def _impacts(rarity: NDArray[np.float64], counts: Floats, length: NDArray[np.float64]) -> Floats:
    """What each word adds to each document; ``length`` is that of the document over the mean."""
    held = K1 * (1 - B + B * length)
    return np.asarray(rarity * counts * (K1 + 1) / (counts + held), np.float32)
