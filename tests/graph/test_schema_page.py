from __future__ import annotations

from pathlib import Path

from graph.schema import EDGE_TYPES, EVENT_TYPES, NODE_TYPES
from graph.schema_page import schema_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schema.md"


def test_the_page_is_current():
    assert PAGE.read_text() == schema_page(), "run: python -m graph.schema_page > docs/reference/schema.md"


def test_everything_that_is_declared_is_on_the_page():
    page = schema_page()
    names = [n.label for n in NODE_TYPES] + [e.type for e in EDGE_TYPES] + [e.name for e in EVENT_TYPES]
    names += [p.name for declared in (*NODE_TYPES, *EDGE_TYPES) for p in declared.properties]
    names += [f.name for event in EVENT_TYPES for f in event.fields]
    assert [name for name in names if name not in page] == []
