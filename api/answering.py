"""What answers requests, and how a newer snapshot takes its place while they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from logging import getLogger
from threading import Condition, Event, Thread

from api.forgetting import Forgetting
from api.freshness import Freshness
from graph.errors import TastegraphError
from graph.live.tail import Tail
from graph.live.view import OverlaidView
from graph.snapshot.shelf import Shelf
from recommend.pipeline import Recommender
from recommend.search import Searcher

log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """One snapshot with everything that rests on it.

    Attributes:
        view: the graph as it is now.
        recommender: the pipeline over it.
        searcher: finds products by words, meaning and concept.
        forgetting: hides people who were erased since the snapshot was made.
        tail: takes in what is appended to the log.
        freshness: whether that is the newest state.
    """

    view: OverlaidView
    recommender: Recommender
    searcher: Searcher
    forgetting: Forgetting
    tail: Tail
    freshness: Freshness

    def close(self) -> None:
        """Follow the log no more; requests that are under way still get their answers."""
        self.freshness.close()
        self.tail.close()


class Switch:
    """Holds what answers now; looks now and then whether another snapshot was published, and counts anew.

    Args:
        first: what answers at the beginning.
        shelf: where snapshots are published.
        open_newest: opens the current snapshot with everything that rests on it, caught up with the log.
        look_s: pause between two looks for a new snapshot.
        recount_s: pause between two counts of what many people do.
    """

    def __init__(
        self,
        first: Answering,
        shelf: Shelf,
        open_newest: Callable[[], Answering],
        look_s: float = 1.0,
        recount_s: float = 10.0,
    ) -> None:
        self._now = first
        self._shelf = shelf
        self._open_newest = open_newest
        self._look_s = look_s
        self._recount_s = recount_s
        self._stop = Event()
        self._refused: str | None = None
        self._threads = [
            Thread(target=self._each, args=(look_s, self._look), name="snapshots", daemon=True),
            Thread(target=self._each, args=(recount_s, self._recount), name="recount", daemon=True),
        ]
        self._counted = 0
        self._changed = Condition()
        for each in self._threads:
            each.start()

    @property
    def now(self) -> Answering:
        """What answers; take it once a request."""
        return self._now

    def wait_for(self, snapshot_id: str, timeout_s: float) -> bool:
        """Wait until a snapshot answers; False when it does not by then."""
        with self._changed:
            return self._changed.wait_for(lambda: self._now.view.snapshot_id == snapshot_id, timeout_s)

    def close(self) -> None:
        """Look and follow no more."""
        self._stop.set()
        for each in self._threads:
            each.join()
        self._now.close()

    def _each(self, pause_s: float, work: Callable[[], None]) -> None:
        while not self._stop.wait(pause_s):
            try:
                work()
            except Exception:  # the thread's edge
                log.exception("a look that failed is repeated")

    def _look(self) -> None:
        wanted = self._shelf.current_id()
        if wanted is None or wanted in (self._now.view.snapshot_id, self._refused):
            return
        try:
            newest = self._open_newest()
        except TastegraphError as error:
            log.warning("the new snapshot %s is not used: %s", wanted, error)
            self._refused = wanted
            return
        if newest.view.snapshot_id != wanted:  # the shelf fell back to one that can be proved
            self._refused = wanted
        if newest.view.snapshot_id == self._now.view.snapshot_id:
            newest.close()
            return
        with self._changed:
            before, self._now = self._now, newest
            self._changed.notify_all()
        log.info("answers come from snapshot %s now", newest.view.snapshot_id)
        before.close()

    def _recount(self) -> None:
        count = self._now.view.overlay.change_count
        if count != self._counted:
            self._now.recommender.prepared.refresh()
            self._counted = count
