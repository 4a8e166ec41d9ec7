"""Filters in the grammar of INTERFACES: read, checked, and made into masks over all products."""

from recommend.filters.columns import Columns
from recommend.filters.masks import FilterContext, mask_of
from recommend.filters.reading import Filter, read_filter

__all__ = ["Columns", "Filter", "FilterContext", "mask_of", "read_filter"]
