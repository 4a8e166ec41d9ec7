"""The reference page of the models is current."""

from __future__ import annotations

from pathlib import Path

from embeddings.models_page import with_table

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "models.md"


def test_every_model_and_setting_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page, "run python -m embeddings.models_page docs/reference/models.md"
