"""Several reads at a time give their answers in order and hold no more than they need."""

from __future__ import annotations

import time
from threading import Lock

import pytest

from graph.store.neo4j.parallel import READERS, in_order, spans


class Reader:
    """Counts what it has been asked and how many answers nobody has taken yet."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.begun: list[int] = []

    def read(self, number: int) -> int:
        with self.lock:
            self.begun.append(number)
        time.sleep(0.002 * (number % 3))
        return number * number


def test_answers_come_in_the_order_of_the_questions():
    assert list(in_order(Reader().read, range(20))) == [n * n for n in range(20)]


def test_no_more_is_read_than_one_answer_a_reader_ahead():
    reader = Reader()
    for taken, _ in enumerate(in_order(reader.read, range(20)), 1):
        assert len(reader.begun) <= taken + READERS


def test_an_error_comes_at_its_place_and_ends_the_reads():
    reader = Reader()

    def read(number: int) -> int:
        if number == 5:
            raise ValueError(number)
        return reader.read(number)

    taken = []
    with pytest.raises(ValueError, match="5"):
        taken.extend(in_order(read, range(1000)))
    assert taken == [0, 1, 4, 9, 16]
    assert max(reader.begun) <= 5 + READERS


def test_leaving_early_ends_the_reads():
    reader = Reader()
    answers = in_order(reader.read, range(1000))
    assert next(answers) == 0
    answers.close()
    before = len(reader.begun)
    time.sleep(0.05)
    assert len(reader.begun) == before <= 1 + READERS


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [(0, 3, []), (3, 3, [(0, 3)]), (7, 3, [(0, 3), (3, 6), (6, 7)]), (2, 100, [(0, 2)])],
)
def test_ranges_cover_every_row_once(count, size, expected):
    assert spans(count, size) == expected
