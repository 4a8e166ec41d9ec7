"""Texts by meaning: their words, their language, and vectors in which the Chinese and the English of a thing meet."""

from embeddings.text.common import telling
from embeddings.text.glossed import GlossedEncoder
from embeddings.text.language import language_of
from embeddings.text.port import TextEncoder
from embeddings.text.words import tokens

__all__ = ["GlossedEncoder", "TextEncoder", "language_of", "telling", "tokens"]
