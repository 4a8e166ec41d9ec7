"""Several reads at a time, their answers in order, and never more of them held than are needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

READERS = 2
"""Connections that read at a time: one decodes while the server works for the other."""

Span = tuple[int, int]
"""A range of rows: the first, and the one after the last."""

A = TypeVar("A")
B = TypeVar("B")


def spans(count: int, size: int) -> list[Span]:
    """Ranges of ``size`` rows that cover ``count`` rows."""
    return [(first, min(count, first + size)) for first in range(0, count, size)]


def in_order(work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """What ``work`` gives for each item, in the order of the items; at most one answer a reader waits to be taken.

    An error ends it at the item where it happened; leaving the iteration early ends the reads.
    """
    waiting: deque[Future[B]] = deque()
    threads = ThreadPoolExecutor(READERS, thread_name_prefix="neo4j-reader")
    try:
        for item in items:
            waiting.append(threads.submit(work, item))
            if len(waiting) > READERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)
