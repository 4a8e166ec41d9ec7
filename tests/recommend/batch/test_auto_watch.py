"""A trial is given up when its pace says that it would end too late, not because it began slowly."""

from __future__ import annotations

import pytest

from recommend.batch import auto


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set by the test."""
    now = [0.0]
    monkeypatch.setattr(auto.time, "monotonic", lambda: now[0])
    return now


def test_a_slow_beginning_is_no_pace(clock: list[float]) -> None:
    watch = auto._Watch(deadline=100.0)
    for second, done in ((50.0, 0.025), (51.0, 0.05), (60.0, 0.5), (70.0, 1.0)):
        clock[0] = second
        watch(done, "epoch")


def test_a_pace_that_leads_past_the_deadline_is_given_up(clock: list[float]) -> None:
    watch = auto._Watch(deadline=100.0)
    watch(0.025, "epoch 1")
    clock[0] = 10.0
    with pytest.raises(auto._OutOfTime):
        watch(0.05, "epoch 2")


def test_past_the_deadline_nothing_goes_on(clock: list[float]) -> None:
    clock[0] = 101.0
    with pytest.raises(auto._OutOfTime):
        auto._Watch(deadline=100.0)(0.01, "epoch 1")
