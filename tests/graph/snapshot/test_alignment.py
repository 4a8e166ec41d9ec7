"""Rows of two snapshots mean the same nodes, or a model of one does not fit the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.snapshot import alignment
from graph.snapshot.alignment import same_rows
from graph.snapshot.text import TextColumn, pack_texts
from graph.snapshot.write import write_snapshot

IDS = st.lists(st.none() | st.text("ab", min_size=1, max_size=2), max_size=8)


def column(ids: list[str | None]) -> TextColumn:
    return TextColumn(*pack_texts([(each or "").encode() for each in ids]))


@settings(deadline=None)
@given(IDS, IDS)
def test_agrees_with_comparing_row_by_row(old: list[str | None], new: list[str | None]) -> None:
    pairs = zip(old, new, strict=False)
    expected = len(new) >= len(old) and all(a == b for a, b in pairs if a is not None and b is not None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(alignment, "COMPARED", 3)
        assert alignment._same(column(old), column(new)) is expected


@pytest.mark.parametrize(
    ("users", "same"),
    [
        (["ana", "bo"], True),
        (["ana", "bo", "cy"], True),
        ([None, "bo"], True),
        (["bo"], False),
        (["bo", "ana"], False),
    ],
)
def test_two_snapshots_are_compared_label_by_label(tmp_path: Path, users: list[str | None], same: bool) -> None:
    old = write_snapshot(tmp_path, ids={"User": ["ana", "bo"], "Product": ["p"]}, edges={})
    new = write_snapshot(tmp_path, ids={"User": users, "Product": ["p", "q"]}, edges={})
    assert same_rows(old, new) is same
    assert not same_rows(old, write_snapshot(tmp_path, ids={"User": ["ana", "bo"]}, edges={}))
