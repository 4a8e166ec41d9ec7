"""The guide's example is loaded as it stands on the page."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from tests.graph.load.conftest import Shop

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "load.md"


def files_on_the_page(page: str) -> dict[str, str]:
    """File names in backquotes that begin a line, each with the indented block that follows."""
    found = re.findall(r"^`([\w.]+)`[^\n]*\n\n((?:    [^\n]*\n)+)", page, re.MULTILINE)
    return {name: textwrap.dedent(block) for name, block in found}


def table_on_the_page(page: str) -> list[tuple[str, int, int, int, int]]:
    rows = re.findall(r"^\| ([\w.]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", page, re.MULTILINE)
    return [(name, int(read), int(kept), int(repaired), int(rejected)) for name, read, kept, repaired, rejected in rows]


def test_the_example_loads_and_gives_the_table_of_the_page(shop: Shop):
    page = GUIDE.read_text(encoding="utf-8")
    files = files_on_the_page(page)
    assert sorted(files) == ["follows.tsv", "orders.csv", "people.csv", "products.jsonl"]
    for name, content in files.items():
        shop.put(name, content)
    mapping = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert mapping is not None
    report = shop.load(mapping[1])
    assert [(f.file, f.read, f.kept, f.repaired, f.rejected) for f in report.files] == table_on_the_page(page)
    assert report.nodes == {"User": 3, "Product": 2, "Category": 3, "Brand": 1}
    assert (report.edges["BOUGHT"], report.edges["FOLLOWS"]) == (2, 2)
    lamp = shop.properties("Product", "lamp-1")
    assert lamp is not None
    assert (lamp["price_minor"], lamp["attributes"]) == (3990, {"colour": "black"})


def test_every_key_of_a_table_is_on_the_page():
    from graph.load.mapping import Cleaning, EventTable, NodeTable

    page = GUIDE.read_text(encoding="utf-8")
    for model in (EventTable, NodeTable, Cleaning):
        for name in model.model_fields:
            assert f"`{name}" in page or f"{name} = " in page, name
