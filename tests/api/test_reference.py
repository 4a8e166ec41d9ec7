"""The reference pages are what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.reference import pages

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", ["api.md", "cli.md", "settings.md", "errors.md", "queries.md"])
def test_a_reference_page_is_current(name: str) -> None:
    made = pages(FOLDER)[name]
    assert (FOLDER / name).read_text(encoding="utf-8") == made, "run `python -m api.reference docs/reference`"


def test_a_group_that_does_something_without_a_command_is_told() -> None:
    page = pages(FOLDER)["cli.md"]
    assert "\n## tastegraph models\n" in page
    assert "\n## tastegraph datasets\n" not in page  # it only lists its commands
