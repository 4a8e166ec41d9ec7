"""Finding products by words, by meaning, and by what they belong to."""

from recommend.search.index import SearchIndex, fit_index
from recommend.search.searcher import Searcher, SearchQuestion

__all__ = ["SearchIndex", "SearchQuestion", "Searcher", "fit_index"]
