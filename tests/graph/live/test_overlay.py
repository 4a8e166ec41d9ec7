"""A snapshot of the first events with the rest over it is the snapshot of all of them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.contracts.events import EVENT_SETS
from tests.graph.live.replay import picture, seen_twice

MINUTE = 60_000


def spaced(events: list, minutes: int) -> list:
    """The same with times so far apart."""
    return [
        {**each, "at": None if each["at"] is None else 1_700_000_000_000 + each["at"] * minutes * MINUTE // 2}
        for each in events
    ]


def shares_a_post_with_somebody_erased(events: list) -> bool:
    """Whether a post has two authors of whom one is erased: ties to the other last until the next snapshot."""
    erased = {each["user_id"] for each in events if each["type"] == "erased"}
    authors: dict[str, set[str]] = {}
    for each in events:
        if each["type"] == "posted":
            authors.setdefault(each["post_id"], set()).add(each["user_id"])
    return any(len(each) > 1 and each & erased for each in authors.values())


@given(EVENT_SETS, st.integers(0, 14), st.booleans(), st.sampled_from([0, 1]))
@settings(max_examples=60, deadline=None)
def test_the_rest_over_a_snapshot_of_the_first_events_is_a_snapshot_of_all(events, cut, together, minutes):
    assume(not shares_a_post_with_somebody_erased(events))
    events = spaced(events, minutes)
    with TemporaryDirectory() as folder:
        twice = seen_twice(Path(folder), events[:cut], events[cut:], together=together)
        assert picture(twice.overlaid) == picture(twice.whole)
