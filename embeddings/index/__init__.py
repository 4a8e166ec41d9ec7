"""Finding the nearest vectors."""

from embeddings.index.build import STORED, build_index, index_arrays
from embeddings.index.exact import ExactIndex
from embeddings.index.ivf import IvfIndex
from embeddings.index.port import VectorIndex

__all__ = ["STORED", "ExactIndex", "IvfIndex", "VectorIndex", "build_index", "index_arrays"]
