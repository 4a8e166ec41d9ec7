"""Keeps an overlay up to date with the log: a thread reads what was appended, and takes it in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from logging import getLogger
from threading import Condition, Event, Thread

from graph.errors import OverlayFull, StoreError
from graph.folder import DataFolder
from graph.live.overlay import Changes, Overlay
from graph.log.port import IMPORTED, EventLog, LogRecord
from graph.log.project import batch_of, rows_of
from graph.model import EventBatch, NodeBatch

log = getLogger(__name__)

READ = 5_000
"""Records read at a time."""
MOST_IMPORTED = 100_000
"""Rows of imports that an overlay takes in; beyond that a new snapshot is quicker."""
RETRY_S = 1.0
"""Pause after something went wrong."""


@dataclass(frozen=True, slots=True)
class TailState:
    """Where a tail stands.

    Attributes:
        position: of the log, up to which everything is taken in.
        caught_up: nothing lay behind it at the last look.
        reason: why it does not go on, in a sentence; None while it does.
        looked_at: time of the last look, on `time.monotonic`.
    """

    position: str | None
    caught_up: bool
    reason: str | None
    looked_at: float


class Tail:
    """Follows the log of a data folder from a snapshot on.

    Args:
        folder: whose log.
        overlay: what takes the events in; only this thread writes to it.
        on_change: told what changed, after each batch, in the tail's thread.
        every_s: pause between two looks at a log with nothing new.
    """

    def __init__(
        self,
        folder: DataFolder,
        overlay: Overlay,
        on_change: Callable[[Changes], None] = lambda _: None,
        every_s: float = 0.02,
    ) -> None:
        self._folder = folder
        self._overlay = overlay
        self._on_change = on_change
        self._every_s = every_s
        self._stop = Event()
        self._moved = Condition()
        self._log: EventLog | None = None
        self._imported = 0
        self._state = TailState(overlay.snapshot.position, False, None, time.monotonic())
        self._thread = Thread(target=self._follow, name="tail", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    @property
    def state(self) -> TailState:
        """Where it stands."""
        return self._state

    @property
    def position(self) -> str | None:
        """The log position up to which everything is taken in."""
        return self._state.position

    def has_reached(self, position: str) -> bool:
        """Whether everything up to a position is taken in.

        Raises:
            ForeignLog: another log gave it out.
            InvalidValue: none did.
        """
        return self._log is not None and self._log.reached(self._state.position, position)

    def wait_for(self, position: str, timeout_s: float) -> bool:
        """Wait until everything up to a position is taken in; False when it is not by then.

        Raises:
            ForeignLog: another log gave it out.
            InvalidValue: none did.
        """
        with self._moved:
            return self._moved.wait_for(lambda: self.has_reached(position), timeout_s)

    def wait_until_caught_up(self, timeout_s: float) -> bool:
        """Wait until a look finds nothing new; False when none did by then, or it cannot go on."""
        with self._moved:
            self._moved.wait_for(lambda: self._state.caught_up or self._state.reason is not None, timeout_s)
        return self._state.caught_up

    def close(self) -> None:
        """Follow no more; safe to call twice."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                records = self._read()
            except StoreError as error:
                log.warning("what happened since cannot be read: %s", error)
                self._stand(reason=str(error))
                self._stop.wait(RETRY_S)
                continue
            try:
                self._take(records)
            except Exception as error:  # the thread's edge; taking a part in again could count it twice
                log.exception("what happened since cannot be taken in")
                self._stand(reason=str(error))
                break
            if len(records) < READ:
                self._stop.wait(self._every_s)
        if self._log is not None:
            self._log.close()

    def _read(self) -> list[LogRecord]:
        if self._log is None:
            if not self._folder.log.exists():
                return []
            self._log = self._folder.open_log(read_only=True)
        return list(self._log.read(self._state.position, READ))

    def _take(self, records: Sequence[LogRecord]) -> None:
        """Take records in; fewer than were asked for are all that there are."""
        if records:
            assert self._log is not None
            self._imported += sum(rows_of(each) for each in records if each.type == IMPORTED)
            if self._imported > MOST_IMPORTED:
                raise OverlayFull(MOST_IMPORTED)
            self._on_change(self._overlay.apply(list(_batches(self._log, records))))
        position = records[-1].position if records else None
        self._stand(position=position, caught_up=len(records) < READ)

    def _stand(self, *, position: str | None = None, caught_up: bool = False, reason: str | None = None) -> None:
        with self._moved:
            reached = self._state.position if position is None else position
            self._state = TailState(reached, caught_up, reason, time.monotonic())
            self._moved.notify_all()


def _batches(events: EventLog, records: Sequence[LogRecord]) -> Iterator[EventBatch | NodeBatch]:
    for kind, group in groupby(records, key=lambda record: record.type):
        if kind == IMPORTED:
            yield from (events.batch(each) for each in group if each.body.get("rows"))
        else:
            yield batch_of(kind, [record.body for record in group])
