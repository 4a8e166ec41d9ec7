"""A running service forgets erased people before it answers the next request, whoever erased them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem
from graph.errors import StoreError
from graph.log.events import milliseconds
from graph.people.erasures import Erasure, Erasures, key_of
from graph.snapshot.view import LiveView
from recommend.pipeline import Recommender


class Forgetting:
    """Looks at the list of erasures, which costs a few microseconds while it stays the same.

    Args:
        path: the list.
        recommender: what answers; its view forgets too.
    """

    def __init__(self, path: Path, recommender: Recommender) -> None:
        self._path = path
        self._recommender = recommender
        self._seen: tuple[int, ...] | None = None
        self._known: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Forget whoever was erased since the last time.

        Raises:
            StoreUnavailable: the list cannot be read, so that nobody can tell who may be named.
        """
        seen = _state(self._path)
        if seen == self._seen:
            return
        fresh = [each for each in Erasures(self._path).all() if each.key not in self._known]
        self._recommender.forget(_ids(self._recommender.view, fresh))
        self._known |= {each.key for each in fresh}
        self._seen = seen


class ForgetFirst:
    """Calls `Forgetting.refresh` before each request about people or products."""

    def __init__(self, app: ASGIApp, refresh: Callable[[], None]) -> None:
        self.app = app
        self.refresh = refresh

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            try:
                self.refresh()
            except StoreError as error:
                await problem(error, scope["path"])(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 half the time of Path.stat
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _ids(view: LiveView, erasures: Sequence[Erasure]) -> Iterator[str]:
    """The ids of erased people whom the view may hold."""
    yield from (each.user_id for each in erasures if each.user_id is not None)
    made_at = milliseconds(datetime.fromisoformat(view.snapshot.manifest.created_at))
    hashed = {each.key for each in erasures if each.user_id is None and each.at >= made_at}
    if hashed:  # purged from disk already, while this process still has the snapshot of before
        people = view.snapshot.vocabularies.get("User")
        ids = (people.id(row) for row in range(len(people))) if people is not None else ()
        yield from (each for each in ids if key_of(each) in hashed)
