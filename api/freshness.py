"""Whether answers are of the newest state: a thread looks now and then, so that no request has to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from logging import getLogger
from threading import Event, Thread

from graph.errors import StoreError
from graph.folder import DataFolder

log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What the last look found.

    Attributes:
        stale: newer events are, or may be, not in the answers.
        reason: why, in a sentence; None when they are all there.
    """

    stale: bool
    reason: str | None = None


class Freshness:
    """Compares the snapshot with the log, and asks the store's server, if there is one, whether it is there.

    Args:
        folder: whose log and store are looked at.
        position: where the served snapshot stands in the log.
        store_answers: raises StoreError when the store's server does not answer; None for an embedded store.
        every_s: pause between two looks.
    """

    def __init__(
        self,
        folder: DataFolder,
        position: str | None,
        store_answers: Callable[[], object] | None = None,
        every_s: float = 5.0,
    ) -> None:
        self._folder = folder
        self._position = position
        self._store_answers = store_answers
        self._every_s = every_s
        self._stop = Event()
        self._state = self._look()
        self._thread = Thread(target=self._watch, name="freshness", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        """What the last look found."""
        return self._state

    def is_stale(self) -> bool:
        """Whether newer events are, or may be, not in the answers."""
        return self._state.stale

    def close(self) -> None:
        """Look no more."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(self._every_s):
            found = self._look()
            if found != self._state:
                log.warning("answers are stale: %s", found.reason) if found.stale else log.info(
                    "answers are up to date"
                )
            self._state = found

    def _look(self) -> State:
        try:
            if self._store_answers is not None:
                self._store_answers()
            if self._is_behind():
                return State(stale=True, reason="the log holds newer events than the snapshot")
        except StoreError as error:
            return State(stale=True, reason=str(error))
        return State(stale=False)

    def _is_behind(self) -> bool:
        if not self._folder.log.exists():
            return False
        events = self._folder.open_log(read_only=True)
        try:
            return not events.reached(self._position, events.last_position())
        finally:
            events.close()
