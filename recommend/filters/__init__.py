"""Filters in the grammar of INTERFACES: read, checked, and made into masks over all products."""

from recommend.filters.columns import Columns
from recommend.filters.masks import FilterContext, mask_of
from recommend.filters.reading import Filter, depends_on_asker, read_filter

__all__ = ["Columns", "Filter", "FilterContext", "depends_on_asker", "mask_of", "read_filter"]
