"""Events that may not name what is not there yet: the policy ``events.known_only``, wherever events come in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

from graph.errors import StoreLocked, StoreUnavailable
from graph.folder import DataFolder
from graph.schema import EVENTS
from graph.store.port import GraphStore

NAMED = {"user_id": "User", "other_id": "User", "product_id": "Product", "post_id": "Post", "community_id": "Community"}
"""Fields that name nodes, and their labels."""
REMEMBERED = 1 << 18
"""Ids that are remembered to be there."""
PATIENCE_S = 2.0
"""Longest wait for a store that lags behind the log, before what it does not know counts as unknown."""
LOOK_S = 0.02

Refuse = Callable[[dict[str, Any]], str | None]
"""Says why an event that holds is refused; None for one that is not."""
Knows = Callable[[str, str], bool]
"""Whether a node with that label and id is there."""


def nothing(_event: dict[str, Any]) -> str | None:
    """Refuses no event."""
    return None


def only_known(types: Sequence[str], knows: Knows) -> Refuse:
    """Says why an event is refused: some types may not name what is not there yet.

    Args:
        types: which ones.
        knows: what is there.
    """
    named = {
        kind: [name for name in NAMED if name == "user_id" or EVENTS[kind].field(name)]
        for kind in types
        if not EVENTS[kind].node
    }

    def refuse(event: dict[str, Any]) -> str | None:
        for name in named.get(event["type"], ()):
            if name in event and not knows(NAMED[name], event[name]):
                return f"{name}: no {NAMED[name]} has the id {event[name]!r}, and {event['type']} creates none"
        return None

    return refuse


@contextmanager
def refusing(folder: DataFolder, types: Sequence[str]) -> Iterator[Refuse]:
    """`only_known` for a command, which has a store to ask and no view; for one thread.

    What the events that it lets through create counts as there from then on.

    Raises:
        StoreError: the store cannot be asked.
    """
    if not types:
        yield nothing
        return
    with closing(_Stored(folder)) as stored:
        yield stored.refuse_of(types)


class _Stored:
    """What is in a folder's store, or came by here."""

    def __init__(self, folder: DataFolder) -> None:
        from api.steps import sync_store

        self._folder = folder
        self._known: dict[tuple[str, str], None] = {}
        self._store: GraphStore | None = None
        self._settled: str | None = None
        if folder.log.exists():
            with suppress(StoreLocked):  # whoever serves the folder brings the store along
                sync_store(folder)

    def refuse_of(self, types: Sequence[str]) -> Refuse:
        refuse = only_known(types, self.knows)

        def refuse_or_note(event: dict[str, Any]) -> str | None:
            reason = refuse(event)
            if reason is None:
                self._note((label, event[name]) for name, label in NAMED.items() if name in event)
            return reason

        return refuse_or_note

    def knows(self, label: str, node_id: str) -> bool:
        if (label, node_id) in self._known:
            return True
        if self._is_stored(label, node_id) or (self._caught_up() and self._is_stored(label, node_id)):
            self._note([(label, node_id)])
            return True
        return False

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _note(self, nodes: Iterable[tuple[str, str]]) -> None:
        self._known.update(dict.fromkeys(nodes))
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def _is_stored(self, label: str, node_id: str) -> bool:
        store = self._opened()
        return store is not None and store.properties(label, node_id) is not None

    def _opened(self) -> GraphStore | None:
        """The store; None while nothing was ever kept."""
        if self._store is None and self._folder.log.exists():
            with suppress(StoreUnavailable):
                self._store = self._folder.open_store(read_only=True)
        return self._store

    def _caught_up(self) -> bool:
        """Whether the store moved on to where the log ends now; waited for once for each end."""
        store = self._opened()
        if store is None:
            return False
        with closing(self._folder.open_log(read_only=True)) as log:
            end = log.last_position()
            if end is None or end == self._settled:
                return False
            give_up = time.monotonic() + PATIENCE_S
            while time.monotonic() < give_up and not log.reached(store.position(), end):
                time.sleep(LOOK_S)
        self._settled = end
        return True
