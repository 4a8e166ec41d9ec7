"""Dead letters: kept once, for a month, and retried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.cli import run
from api.consuming.letters import KEPT, DeadLetters, Letter
from api.consuming.retrying import retry
from graph.log.events import milliseconds

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
GOOD = b'{"type":"liked","user_id":"ana","product_id":"boot"}'


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[DeadLetters]:
    letters = DeadLetters(tmp_path / "data" / "deadletters.sqlite")
    yield letters
    letters.close()


def letter(place: int, value: bytes = b"{", at: datetime = NOW) -> Letter:
    return Letter("events", 0, place, None, value, "is no JSON", milliseconds(at))


def places(letters: DeadLetters) -> list[int]:
    return [each.place for each in letters.page()]


def test_a_letter_delivered_twice_is_kept_once(letters):
    letters.add([letter(1), letter(2)], NOW)
    letters.add([letter(2), letter(3)], NOW)
    assert places(letters) == [1, 2, 3]


def test_letters_go_after_a_month(letters):
    letters.add([letter(1)], NOW)
    letters.add([letter(2, at=NOW + KEPT)], NOW + KEPT)
    assert places(letters) == [1, 2]
    letters.add([], NOW + KEPT + timedelta(milliseconds=1))
    assert places(letters) == [2]


def test_pages_follow_each_other(letters):
    letters.add([letter(place) for place in range(5)], NOW)
    first = letters.page(limit=3)
    assert [each.place for each in (*first, *letters.page(limit=3, after=first[-1].id))] == [0, 1, 2, 3, 4]


def test_what_holds_now_is_taken_and_the_rest_stays(letters):
    appended: list[Any] = []

    def append(events: Any, _told: Any) -> int:
        appended.extend(events)
        return 0

    letters.add([letter(1), letter(2, GOOD)], NOW)
    assert retry(letters, letters.page(), append, NOW) == {"taken": 1, "duplicates": 0, "refused": 1}
    assert [event["user_id"] for event in appended] == ["ana"]
    assert places(letters) == [1]


def test_letters_stay_when_the_log_takes_nothing(letters):
    def refuse(_events: Any, _told: Any) -> int:
        raise OSError("full")

    letters.add([letter(2, GOOD)], NOW)
    with pytest.raises(OSError, match="full"):
        retry(letters, letters.page(), refuse, NOW)
    assert places(letters) == [2]


def test_the_command_lists_and_retries(letters, tmp_path, capsys):
    now = datetime.now(UTC)
    letters.add([letter(1, at=now), letter(2, GOOD, now)], now)
    data = ["--data", str(tmp_path / "data")]
    assert run(["deadletters", "list", "--json", *data]) == 0
    assert '"reason": "is no JSON"' in capsys.readouterr().out
    assert run(["deadletters", "retry", "--all", *data]) == 1
    assert '"taken": 1' in capsys.readouterr().out
    assert places(letters) == [1]
    assert run(["deadletters", "retry", "1", *data]) == 1
    assert run(["deadletters", "retry", *data]) == 2
