"""The encoder that needs nothing but its packages: English word vectors; Chinese by way of a dictionary.

The vectors are those of WordLlama, 256 numbers for each of 32,000 word pieces, the first of which are good on their
own; they come inside its package. Only its two files are read, and no network is asked. A text is the mean of its
pieces' vectors. Chinese words are put into English first (`embeddings.text.chinese`), so that both languages meet: see
docs/adr/0010.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from embeddings.text.chinese import glossed

WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


class GlossedEncoder:
    """Means of English word vectors; Chinese by way of a dictionary."""

    name: ClassVar[str] = "glossed"
    dim: ClassVar[int] = 128

    def __init__(self, gloss: Callable[[str], str] = glossed) -> None:
        """Nothing is read before the first text.

        Args:
            gloss: puts into English what is not.
        """
        self._gloss = gloss

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, ``(len(texts), dim)``; zeros for a text of which no word is known."""
        found = np.zeros((len(texts), self.dim), np.float32)
        told = [self._gloss(text.casefold()) for text in texts]
        encodings = self._tokenizer.encode_batch_fast(told, add_special_tokens=False)
        for place, encoding in enumerate(encodings):
            if encoding.ids:
                found[place] = self._vectors[encoding.ids].mean(axis=0)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(lengths > 0, lengths, 1), np.float32)

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        from safetensors.numpy import load

        (vectors,) = load(_file(WEIGHTS).read_bytes()).values()
        return np.ascontiguousarray(vectors[:, : self.dim], np.float32)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(_file(TOKENIZER)))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer


def _file(name: str) -> Path:
    """A file of WordLlama's package, found without importing it, which takes a second."""
    spec = find_spec("wordllama")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / name
