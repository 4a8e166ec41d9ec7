"""A column of texts as two arrays, so that it can be memory-mapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

REMEMBERED = 1 << 14
"""Texts of a column that stay decoded: what pages show is mostly what they showed before."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Texts by row. An empty text and no text are the same. The arrays do not change as long as it lives.

    Attributes:
        blob: ``(bytes,)`` uint8: all texts in UTF-8, one behind the other.
        offsets: ``(n + 1,)`` int64: the text of ``row`` lies in ``[offsets[row], offsets[row + 1])``.
    """

    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    _decoded: dict[int, str | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        """Rows, those without a text included."""
        return len(self.offsets) - 1

    def text(self, row: int) -> str | None:
        """The text of a row, or None."""
        try:
            return self._decoded[row]
        except KeyError:
            pass
        start, end = self.offsets[row : row + 2].tolist()
        text = self.blob[start:end].tobytes().decode("utf-8", "surrogatepass") if end > start else None
        if len(self._decoded) >= REMEMBERED:
            self._decoded.clear()
        self._decoded[row] = text
        return text


def pack_texts(encoded: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Blob and offsets of texts that are UTF-8 already."""
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), offsets


def text_column(count: int, batches: Iterable[tuple[Sequence[int], Sequence[str]]]) -> TextColumn:
    """A column from batches of rows and texts.

    Args:
        count: rows of the column.
        batches: rows, growing from each to the next and from batch to batch, and their texts.
    """
    lengths = np.zeros(count + 1, np.int64)
    blob = bytearray()
    for rows, texts in batches:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        lengths[np.asarray(rows, np.int64) + 1] = np.fromiter(map(len, encoded), np.int64, len(encoded))
        blob += b"".join(encoded)
    return TextColumn(np.frombuffer(blob, np.uint8), np.cumsum(lengths))
