"""Categories, brands, tags and entities by what they are called, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.text import tokens
from embeddings.text.chinese import HAN, glossed, meanings, words
from graph.snapshot.text import TextColumn
from graph.snapshot.view import LiveView
from graph.snapshot.vocabulary import Vocabulary, build_vocabulary
from recommend.query import Rows
from recommend.search.documents import Documents

LABELS = ("Category", "Brand", "Tag", "Entity")
LONGEST = 5
"""Words of a name that is looked for in a question."""


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that a question names.

    Attributes:
        label: of it.
        row: of it.
        told: the words of the question that name it.
        share: part of the question's words that they are.
    """

    label: str
    row: int
    told: str
    share: float


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Nodes by name.

    Attributes:
        vocabulary: names as words with a blank between them.
        indptr: ``(v + 1,)`` int64: the nodes of a name lie in ``[indptr[name], indptr[name + 1])``.
        labels: ``(k,)`` int32 places in `LABELS`.
        rows: ``(k,)`` int32 rows of those labels.
    """

    vocabulary: Vocabulary
    indptr: NDArray[np.int64]
    labels: Rows
    rows: Rows

    def named_in(self, text: str) -> list[Concept]:
        """What a question names, the longest names first; a word counts for one name only.

        A Chinese word also stands for what it means in English, and an English one for Chinese names that mean it.
        """
        asked = tokens(text)
        taken = [False] * len(asked)
        found: dict[tuple[str, int], Concept] = {}
        for length in range(min(LONGEST, len(asked)), 0, -1):
            for start in range(len(asked) - length + 1):
                span = slice(start, start + length)
                nodes = [] if any(taken[span]) else list(self._called(asked[span]))
                for label, row in nodes:
                    told = " ".join(asked[span])
                    found.setdefault((label, row), Concept(label, row, told, length / len(asked)))
                if nodes:
                    taken[span] = [True] * length
        return list(found.values())

    def _called(self, asked: Sequence[str]) -> Iterator[tuple[str, int]]:
        for name in _spellings(" ".join(asked)):
            term = self.vocabulary.row(name)
            if term >= 0:
                for at in range(self.indptr[term], self.indptr[term + 1]):
                    yield LABELS[self.labels[at]], int(self.rows[at])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """As they are kept in an artefact."""
        texts = self.vocabulary.texts
        return {
            "names.blob": texts.blob,
            "names.offsets": texts.offsets,
            "names.slots": self.vocabulary.slots,
            "names.indptr": self.indptr,
            "names.labels": self.labels,
            "names.rows": self.rows,
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> NameIndex:
        """As they were kept."""
        blob, offsets, slots, indptr, labels, rows = (
            arrays[f"names.{name}"] for name in ("blob", "offsets", "slots", "indptr", "labels", "rows")
        )
        vocabulary = Vocabulary(TextColumn(blob, offsets), slots)
        return cls(vocabulary, indptr, labels, rows)

    @classmethod
    def build(cls, view: LiveView) -> NameIndex:
        """Of all categories, brands, tags and entities that stand and have a name."""
        named = Documents(view)
        found: dict[str, list[tuple[int, int]]] = {}
        for place, label in enumerate(LABELS):
            gone = view.gone(label)
            for row in range(view.count(label)):
                name = "" if len(gone) and gone[row] else named.name(label, row)
                for spelling in _spellings(" ".join(tokens(name))) if name else ():
                    found.setdefault(spelling, []).append((place, row))
        indptr = np.concatenate(([0], np.cumsum([len(each) for each in found.values()], dtype=np.int64)))
        flat = np.array([each for nodes in found.values() for each in nodes], np.int32).reshape(-1, 2)
        columns = (np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]))
        return cls(build_vocabulary(found), indptr.astype(np.int64), *columns)


def _spellings(name: str) -> Iterable[str]:
    """A name and, of a Chinese one, its English meanings; each once, as words with a blank between them."""
    found = {name: None} if name else {}
    if HAN.search(name):
        parts = list(words(name))
        told = [" ".join(parts), glossed(name)] if len(parts) > 1 else [*meanings("".join(parts))]
        found |= dict.fromkeys(" ".join(tokens(each)) for each in told)
    return [each for each in found if each]
