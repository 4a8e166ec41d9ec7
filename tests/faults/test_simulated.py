"""From clients to the store by seed: a faulty network, a clock that jumps, crashes of writer and projector anywhere.

In the end the store is what a plain, sequential reading of the accepted events makes, and so is a snapshot of the first
ones with the rest over it. A failing seed is in the message; ``python -m tests.faults.test_simulated SEED`` repeats it.
"""

from __future__ import annotations

import random
import sys
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from api.events import Checked
from graph.log.project import project
from graph.log.sqlite import SqliteEventLog
from graph.store.sqlite import SqliteGraphStore
from tests.graph.live.replay import picture, seen_twice
from tests.oracles.plain_graph import plain_graph, read_out

SEEDS = 1_000
LIVE_EVERY = 25
"""One of so many lives is seen live too."""
EVENTS = 25
PEOPLE, PRODUCTS, POSTS = "abc", "pqr", "st"


class Crash(BaseException):
    """A process ends here."""


@dataclass
class World:
    """What survives every crash, and the clock.

    Attributes:
        folder: where log and store lie.
        rng: all chance there is.
        now: of the clock that the writer looks at.
        accepted: the first form of each event that became durable, by id.
    """

    folder: Path
    rng: random.Random
    now: datetime = datetime(2026, 6, 1, tzinfo=UTC)
    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)

    def tick(self) -> None:
        """Mostly a moment; now and then the clock is set, forward or back."""
        rng = self.rng
        step = timedelta(hours=rng.uniform(-60, 60)) if rng.random() < 0.1 else timedelta(seconds=rng.random())
        self.now += step

    def happens(self, number: int) -> dict[str, Any]:
        """An event as a client tells it: its own clock may be wrong, by less than a day ahead, or it has none."""
        rng = self.rng
        person, product = rng.choice(PEOPLE), rng.choice(PRODUCTS)
        off = timedelta(seconds=rng.choice((0.0, rng.uniform(-1e4, 0), rng.uniform(0, 8e4))))
        at = None if rng.random() < 0.2 else (self.now + off).isoformat()
        named = {"event_id": f"e{number}", "user_id": person, "at": at}
        kind = rng.choice(KINDS)
        if kind in ("followed", "unfollowed", "blocked", "messaged"):
            return {**named, "type": kind, "other_id": rng.choice([each for each in PEOPLE if each != person])}
        if kind in ("posted", "commented", "post_liked"):
            text = {} if kind == "post_liked" else {"text": str(number)}
            return {**named, "type": kind, "post_id": rng.choice(POSTS), **text}
        if kind == "product":
            told = {rng.choice(("title", "brand")): rng.choice(("x", "y", None))}
            return {"event_id": f"e{number}", "at": at, "type": kind, "product_id": product, "properties": told}
        if kind == "deleted":
            return {"event_id": f"e{number}", "at": at, "type": kind, "label": "Product", "id": product}
        more = {"value": rng.randint(1, 5)} if kind == "rated" else {}
        return {**named, "type": kind, "product_id": product, **more}


KINDS = (
    *("viewed", "liked", "unliked", "disliked", "bought", "returned", "rated", "carted", "uncarted"),
    *("followed", "unfollowed", "blocked", "messaged", "posted", "commented", "post_liked", "product", "deleted"),
)


def receive(world: World, bodies: list[dict[str, Any]]) -> None:
    """What a writer does with one request; it may end at any point, and then nobody is told."""
    checked = Checked()
    for place, body in enumerate(bodies):
        checked.add(place, body, world.now)
    assert not checked.rejected, checked.rejected
    with closing(SqliteEventLog(world.folder / "log.sqlite", durability="normal")) as log:
        _maybe_crash(world.rng)
        positions = log.append(checked.events, told=checked.told)
        for event, position in zip(checked.events, positions, strict=True):
            known = event["event_id"] in world.accepted
            assert known == (position is None), f"{event['event_id']} is kept twice, or not at all"
            world.accepted.setdefault(event["event_id"], event)
        _maybe_crash(world.rng)


def follow(world: World) -> None:
    """What a projector does; it may end within a transaction, and between two."""

    def look(_applied: int) -> None:
        _maybe_crash(world.rng)

    path = world.folder / "log.sqlite"
    with (
        closing(SqliteEventLog(path, read_only=True)) as log,
        closing(SqliteGraphStore(world.folder / "store.sqlite", durability="normal")) as store,
    ):
        project(log, store, look, batch_size=world.rng.randint(1, 6))


def _maybe_crash(rng: random.Random) -> None:
    if rng.random() < 0.05:
        raise Crash


def one_life(seed: int, folder: Path) -> None:
    """All events from their clients into the store, whatever happens on the way."""
    world = World(folder, random.Random(seed))
    with closing(SqliteEventLog(folder / "log.sqlite", durability="normal")):
        pass
    on_the_way = [world.happens(number) for number in range(EVENTS)]
    delivered: list[dict[str, Any]] = []
    while on_the_way:
        world.tick()
        world.rng.shuffle(on_the_way)
        request = on_the_way[: world.rng.randint(1, 5)]
        if world.rng.random() < 0.3:
            request = request + world.rng.sample(delivered, min(2, len(delivered)))  # said again, later
        if world.rng.random() < 0.1:
            continue  # dropped; the client tries again
        try:
            receive(world, request)
        except Crash:
            continue  # without an answer the client tries again
        if world.rng.random() < 0.1:
            continue  # the answer is lost
        delivered += [each for each in request if each not in delivered]
        on_the_way = [each for each in on_the_way if each not in request]
        with suppress(Crash):
            follow(world)
    _follow_to_the_end(world)
    events = list(world.accepted.values())
    assert len(events) == EVENTS
    with closing(SqliteGraphStore(folder / "store.sqlite", durability="normal")) as store:
        assert read_out(store) == plain_graph(events), "the store is not what the accepted events make"
    if seed % LIVE_EVERY == 0:
        _seen_live(world)


def _follow_to_the_end(world: World) -> None:
    while True:
        with suppress(Crash):
            return follow(world)


def _seen_live(world: World) -> None:
    with closing(SqliteEventLog(world.folder / "log.sqlite", read_only=True)) as log:
        kept = [dict(record.body) for record in log.read(None)]
    cut = world.rng.randint(1, len(kept))
    twice = seen_twice(world.folder / "live", kept[:cut], kept[cut:], together=world.rng.random() < 0.5)
    assert picture(twice.whole) == picture(twice.overlaid), "the live view is not what the accepted events make"


@pytest.mark.slow
def test_the_state_is_that_of_the_accepted_events_whatever_happens_on_the_way(tmp_path: Path) -> None:
    for seed in range(SEEDS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        try:
            one_life(seed, folder)
        except AssertionError as error:
            raise AssertionError(f"python -m tests.faults.test_simulated {seed}: {error}") from error


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        one_life(int(sys.argv[1]), Path(scratch))
