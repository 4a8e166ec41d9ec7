"""What the reference page says is what the program does."""

from itertools import groupby
from pathlib import Path

import pytest

from graph.snapshot.actions import CODES
from tests.graph.snapshot.small import small_snapshot

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "snapshot.md").read_text(encoding="utf-8")


def code_table():
    for (kind, plain), group in groupby(enumerate(CODES), key=lambda each: (each[1][0], each[1][1] is None)):
        codes = [code for code, _ in group]
        first, last = codes[0], codes[-1]
        yield f"| {first} | {kind} | |" if plain else f"| {first}–{last} | {kind} | 1, 1.5, … 5 |"


@pytest.mark.parametrize("line", list(code_table()))
def test_the_page_lists_the_code(line):
    assert line in PAGE


def test_every_kind_of_file_is_on_the_page(tmp_path):
    snapshot = small_snapshot(
        tmp_path, rated=[("ana", "pan", 5, 1)], properties={"Product": {"pan": {"title": "Pan", "price_minor": 5}}}
    )
    forms = {
        name.replace("user-acted-product.into", "SOURCE-TYPE-TARGET.out")
        .replace("user-acted-product", "SOURCE-TYPE-TARGET")
        .replace("user.", "LABEL.")
        .replace("product.", "LABEL.")
        .replace("LABEL.title", "LABEL.PROPERTY")
        .replace("LABEL.price_minor", "LABEL.PROPERTY")
        for name in snapshot.manifest.files
    }
    forms = {"LABEL.PROPERTY.bytes.npy" if "PROPERTY.offsets" in form else form for form in forms}
    assert [form for form in sorted(forms) if f"`{form}`" not in PAGE] == []
