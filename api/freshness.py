"""Whether answers are of the newest state: threads look, so that no request has to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from logging import getLogger
from threading import Event, Thread

from api.after import missed
from graph.errors import StoreError
from graph.live.tail import Tail

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


FRESH = State(stale=False)
BEHIND = State(stale=True, reason="newer events are being taken in")


class Freshness:
    """Asks the tail of the log where it stands, and the store's server, if there is one, whether it is there.

    Args:
        tail: takes in what is appended to the log.
        store_answers: raises StoreError when the store's server does not answer; None for an embedded store.
        every_s: pause between two questions to the server.
    """

    def __init__(self, tail: Tail, store_answers: Callable[[], object] | None = None, every_s: float = 5.0) -> None:
        self._tail = tail
        self._store_answers = store_answers
        self._every_s = every_s
        self._stop = Event()
        self._server: str | None = None if store_answers is None else self._ask(store_answers)
        if store_answers is not None:
            Thread(target=self._watch, args=(store_answers,), name="freshness", daemon=True).start()

    @property
    def state(self) -> State:
        """What the last looks found."""
        found = self._tail.state
        if self._server is not None or found.reason is not None:
            return State(stale=True, reason=self._server or found.reason)
        return FRESH if found.caught_up else BEHIND

    def is_stale(self) -> bool:
        """Whether newer events are, or may be, not in the answers."""
        return missed.get() or self.state.stale

    def close(self) -> None:
        """Look no more."""
        self._stop.set()

    def _watch(self, store_answers: Callable[[], object]) -> None:
        while not self._stop.wait(self._every_s):
            found = self._ask(store_answers)
            if found != self._server:
                log.warning("answers may be stale: %s", found) if found else log.info("the store's server is back")
            self._server = found

    @staticmethod
    def _ask(store_answers: Callable[[], object]) -> str | None:
        try:
            store_answers()
        except StoreError as error:
            return str(error)
        return None
