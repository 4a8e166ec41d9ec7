"""What people did counts at once: as if everything were counted anew, but for how it fades."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.snapshot.actions import Actions
from recommend import prepared
from recommend.prepared import Prepared, Ranking
from tests.graph.live.replay import batches, seen_twice
from tests.recommend.test_live_answers import some_events

scores_of = st.lists(st.integers(0, 6), min_size=1, max_size=30)


@pytest.mark.parametrize("most", [3, 2000])
@given(before=scores_of, changes=st.dictionaries(st.integers(0, 29), st.integers(0, 6), max_size=8))
@settings(max_examples=200, deadline=None)
def test_the_best_are_put_in_order_again(most: int, before: list[int], changes: dict[int, int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "HEAD", most)
        in_order_again(before, changes)


def in_order_again(before: list[int], changes: dict[int, int]) -> None:
    ranking = Ranking.of(np.array(before, np.float32))
    changed = np.array([row for row in changes if row < len(before)], np.int32)
    ranking.scores[changed] = [changes[row] for row in changed.tolist()]
    now, anew = ranking.after(changed), Ranking.of(ranking.scores)
    assert now.head.tolist() == anew.head.tolist() or not now.whole
    best = sorted(np.flatnonzero(ranking.scores > 0).tolist(), key=lambda row: (-ranking.scores[row], row))
    assert [row for row in now.head.tolist() if ranking.scores[row] > now.floor] == [
        row for row in best if ranking.scores[row] > now.floor
    ]
    assert all(ranking.scores[row] >= now.floor for row in now.head.tolist())
    assert len(now.head) <= prepared.HEAD


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("head", [2000, 5])
def test_events_count_as_if_everything_were_counted_anew(
    tmp_path: Path, seed: int, head: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "HEAD", head)
    events = some_events(np.random.default_rng(seed), 400)
    view = seen_twice(tmp_path, events[:150], []).overlaid
    at_once = Prepared(view, Actions.of(), {})
    at_once.warm()
    categories = range(view.count("Category"))
    for category in categories:
        at_once.popular_in(category)
    for start in range(150, 400, 10):
        at_once.take(view.overlay.apply(batches(events[start : start + 10])))
    anew = Prepared(view, Actions.of(), {})
    for name in ("popular", "trending", "followed"):
        told, counted = getattr(at_once, name), getattr(anew, name)
        shorter = min(len(told.scores), len(counted.scores))
        np.testing.assert_allclose(told.scores[:shorter], counted.scores[:shorter], rtol=0.02, atol=0.02)
        if head > 2 * len(counted.head):
            assert set(told.head.tolist()) ^ set(counted.head.tolist()) <= nearly_nothing(counted.scores)
        else:
            assert len(told.head) >= min(len(counted.head), 1)
        values = told.scores[told.head]
        assert (np.diff(values) <= 0).all()
    shorter = len(at_once.renown)
    np.testing.assert_allclose(at_once.renown, anew.renown[:shorter], rtol=0.05, atol=0.02)
    for category in categories if head > 30 else ():
        now = at_once.popular_in(category)
        values = now.scores[now.head]
        assert (np.diff(values) <= 0).all()


def nearly_nothing(scores: np.ndarray) -> set[int]:
    return set(np.flatnonzero(scores < 0.02).tolist())
