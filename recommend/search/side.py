"""Products that came since the index was made: few, read anew when something changed, and searched beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from embeddings.text import TextEncoder, language_of
from graph.snapshot.view import LiveView
from recommend.filters import Columns
from recommend.query import Floats
from recommend.search.documents import EMPTY, Document, Documents
from recommend.search.index import SearchIndex, encoded
from recommend.search.words import WordIndex, WordIndexBuilder

BUSY = 0.1
"""Most of the time that is spent on reading products anew."""


@dataclass(frozen=True, slots=True)
class Side:
    """What is known in words of the products from row ``first`` on.

    Attributes:
        first: row of the first of them.
        words: by row less ``first``, scored as in the whole index.
        vectors: ``(n, dim)`` float32, likewise.
        languages: ``n`` tags; empty for a product without words.
    """

    first: int
    words: WordIndex
    vectors: Floats
    languages: tuple[str, ...]

    @property
    def end(self) -> int:
        """Row behind the last of them."""
        return self.first + len(self.vectors)


@dataclass(slots=True)
class Newcomers:
    """Keeps the side of an index up to date with a view. Safe to ask from several threads.

    Attributes:
        view: the graph as it is now.
        index: of its snapshot.
        encoder: that made the index's vectors.
    """

    view: LiveView
    index: SearchIndex
    encoder: TextEncoder
    _side: Side | None = None
    _of: Columns | None = None
    _again_at: float = 0.0
    _read: list[Document] = field(default_factory=list)
    _vectors: list[Floats] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def side(self, columns: Columns) -> Side:
        """The newcomers that these columns hold, or did a moment ago, when many came."""
        found = self._side
        if found is not None and (self._of is columns or time.monotonic() < self._again_at):
            return found
        with self._lock:
            start = time.monotonic()
            self._side = found = self._made(columns.count)
            self._of = columns
            taken = time.monotonic() - start
            self._again_at = start + taken / BUSY
            return found

    def _made(self, count: int) -> Side:
        first = len(self.index.meaning.products)
        documents, gone = Documents(self.view), self.view.gone("Product")
        read = [EMPTY if gone[row] else documents.of(row) for row in range(first, count)]
        fresh = [place for place, each in enumerate(read) if place >= len(self._read) or self._read[place] != each]
        self._vectors += [np.zeros(self.encoder.dim, np.float32)] * (len(read) - len(self._vectors))
        for place, vector in zip(fresh, encoded(self.encoder, [read[place] for place in fresh]), strict=True):
            self._vectors[place] = vector
        self._read = read
        builder = WordIndexBuilder()
        for each in read:
            builder.add(each)
        vectors = np.array(self._vectors[: len(read)], np.float32).reshape(len(read), self.encoder.dim)
        told = (each.prose or each.whole for each in read)
        languages = tuple(language_of(text) if text.strip() else "" for text in told)
        return Side(first, builder.build(like=self.index.words), vectors, languages)
