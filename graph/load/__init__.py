"""From files to the graph: `load` reads what a mapping says, cleans it, and writes it to log and store."""

from __future__ import annotations

from graph.load.mapping import Mapping, read_mapping
from graph.load.report import FileReport, LoadReport
from graph.load.run import load
from graph.load.shipped import shipped_mapping, shipped_mappings

__all__ = ["FileReport", "LoadReport", "Mapping", "load", "read_mapping", "shipped_mapping", "shipped_mappings"]
