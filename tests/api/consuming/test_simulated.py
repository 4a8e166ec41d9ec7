"""A consumer over a bus that fails, by seed: messages twice and late, commits that do not arrive, crashes anywhere.

A seed that fails is in the test's message; ``one_life(seed)`` runs it again.
"""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException, TopicPartition

from api.consuming.kafka import KafkaConsumer
from tests.api.consuming.messages import Sent

SEEDS = 1_000
MESSAGES = 30


class Crash(BaseException):
    """The process ends here."""


@dataclass
class Bus:
    """A topic of one partition, and what its group has committed."""

    messages: list[Sent]
    rng: random.Random
    committed: int = 0


class Delivered(Sent):
    def error(self) -> None:
        return None


@dataclass
class FaultyConsumer:
    """What `KafkaConsumer` asks of Kafka's client."""

    bus: Bus
    at: int = 0
    consumed: int = 0

    def subscribe(self, _topics: list[str], **_callbacks: Any) -> None:
        self.at = self.bus.committed

    def consume(self, _count: int, _timeout: float) -> list[Delivered]:
        rng = self.bus.rng
        if rng.random() < 0.1:
            raise Crash
        if rng.random() < 0.2:
            self.at = max(0, self.at - rng.randint(0, 5))  # delivered again
        size = rng.randint(0, 6)
        found = self.bus.messages[self.at : self.at + size]
        self.at += len(found)
        return [Delivered(each.content, each.place, each.at, each.name) for each in found]

    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> None:
        assert not asynchronous
        if self.bus.rng.random() < 0.2:
            raise KafkaException("the broker is away")
        if self.bus.rng.random() < 0.1:
            raise Crash
        self.bus.committed = offsets[0].offset

    def get_watermark_offsets(self, _place: TopicPartition, **_options: Any) -> tuple[int, int]:
        return 0, len(self.bus.messages)

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition("events", 0, self.at)]

    def position(self, places: list[TopicPartition]) -> list[TopicPartition]:
        return places

    def committed(self, _places: list[TopicPartition], **_options: Any) -> list[TopicPartition]:
        return [TopicPartition("events", 0, self.bus.committed)]

    def close(self) -> None:
        pass


@dataclass
class Durable:
    """The log and the dead letters: what they hold survives every crash."""

    rng: random.Random
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    letters: dict[int, bytes | None] = field(default_factory=dict)
    path: Path = Path("letters")

    def append(self, events: Any, _told: Any) -> int:
        if self.rng.random() < 0.05:
            raise Crash
        known = 0
        for event in events:
            known += event["event_id"] in self.events
            self.events.setdefault(event["event_id"], event)
        if self.rng.random() < 0.05:
            raise Crash  # durable, and nobody was told
        return known

    def add(self, letters: Any, _now: Any) -> None:
        if self.rng.random() < 0.05:
            raise Crash
        self.letters.update({each.place: each.value for each in letters})


def message(place: int, rng: random.Random) -> Sent:
    """An event with or without an id of its own, or poison."""
    liked = {"type": "liked", "user_id": rng.choice("abc"), "product_id": rng.choice("pq")}
    body = rng.choice([json.dumps(liked), json.dumps({**liked, "event_id": f"own {place}"}), "{", "[]"])
    return Sent(body.encode(), place, 1_700_000_000_000 + place)


def one_life(seed: int) -> None:
    """From the first message to the last, through all crashes."""
    rng = random.Random(seed)
    messages = [message(place, rng) for place in range(MESSAGES)]
    bus, durable = Bus(messages, rng), Durable(rng)
    while bus.committed < MESSAGES:
        consumer = KafkaConsumer(FaultyConsumer(bus), "events", durable.append, durable)  # type: ignore[arg-type]
        with suppress(Crash):
            consumer.run(until_end=True)
        taken = {event["at"] - 1_700_000_000_000 for event in durable.events.values() if "own" not in event["event_id"]}
        own = {int(event_id.removeprefix("own ")) for event_id in durable.events if event_id.startswith("own")}
        assert set(range(bus.committed)) <= taken | own | set(durable.letters), "committed before it was durable"
    poison = {each.place: each.content for each in messages if each.content in (b"{", b"[]")}
    assert durable.letters == poison
    assert len(durable.events) == MESSAGES - len(poison), "an event was lost or doubled"


def test_nothing_is_lost_or_doubled_whatever_the_bus_does():
    for seed in range(SEEDS):
        try:
            one_life(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
