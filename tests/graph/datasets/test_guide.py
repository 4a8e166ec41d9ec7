"""The page about data sets says what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from graph.datasets import datasets
from tests.graph.datasets.test_catalogue import COUNTS, SPLITS

PAGE = (Path(__file__).parents[3] / "docs" / "guides" / "datasets.md").read_text(encoding="utf-8")


def test_every_set_is_on_the_page_with_its_terms():
    for each in datasets():
        assert f"| {each.name} | {each.licence} | {each.citation} |" in PAGE


def test_the_page_has_the_counts_that_tests_confirm():
    for name, (interactions, people, products, follows, facts) in COUNTS.items():
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {name} |") and line.count("|") == 9]
        cells = [cell.strip() for cell in row.split("|")[3:8]]
        assert cells == [f"{n:,}" if n else "" for n in (people, products, interactions, follows, facts)]
        if name in SPLITS:
            train, validation, test, _ = SPLITS[name]
            assert f"| {train:,} / {f'{validation:,}' if validation else '–'} / {test:,} |" in row
