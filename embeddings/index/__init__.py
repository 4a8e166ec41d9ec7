"""Finding the nearest vectors."""

from embeddings.index.build import build_index
from embeddings.index.exact import ExactIndex
from embeddings.index.ivf import IvfIndex
from embeddings.index.port import VectorIndex

__all__ = ["ExactIndex", "IvfIndex", "VectorIndex", "build_index"]
