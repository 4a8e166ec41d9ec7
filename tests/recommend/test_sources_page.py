"""The reference page of the sources is what the code says."""

from dataclasses import fields
from pathlib import Path

from recommend.rank.fusion import WEIGHTS
from recommend.sources import SOURCES, reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sources.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == reference.page(), (
        "run `python -m recommend.sources.reference docs/reference/sources.md`"
    )


def test_every_source_and_setting_is_on_it():
    text = PAGE.read_text(encoding="utf-8")
    for source in SOURCES:
        section = text.split(f"## `{source.name}`")[1].split("\n## ")[0]
        for setting in fields(source):
            assert f"| `{setting.name}` |" in section


def test_every_source_has_a_weight_and_every_weight_a_source():
    assert list(WEIGHTS) == [source.name for source in SOURCES]
