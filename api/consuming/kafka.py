"""A Kafka topic into the log: the only module, with `api.consuming.connecting`, that knows Kafka's client.

Offsets are committed once the events are durable in the log and what could not be taken is durable among the dead
letters. A crash in between brings the same messages again, and they are known then by their ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from logging import getLogger
from threading import Event

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from api.consuming.letters import DeadLetters, Letter
from api.consuming.messages import Append, Sorted, sort_out
from api.known import Refuse, nothing
from graph.errors import StorageFull, StoreBusy, StoreLocked, StoreUnavailable

AT_A_TIME = 10_000
"""Most messages of one batch; one batch is on its way to the log while the next is read and checked."""
POLL_S = 0.1
PATIENCE_S = 240.0
"""How long a log that takes nothing is waited for; Kafka gives the partitions to others after 300 s."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 5.0
FLUSH_S = 10.0
PASSING = (StorageFull, StoreBusy, StoreLocked, StoreUnavailable)

log = getLogger(__name__)


@dataclass(slots=True)
class Consumed:
    """What a consumer did so far.

    Attributes:
        messages: that were read and settled.
        accepted: events new to the log.
        duplicates: events that it knew.
        dead: messages that could not be taken.
        lag: messages behind the newest, by topic and partition, as of the last batch.
    """

    messages: int = 0
    accepted: int = 0
    duplicates: int = 0
    dead: int = 0
    lag: dict[tuple[str, int], int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, int]:
        """For a report."""
        return {
            "messages": self.messages,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "dead_letters": self.dead,
            "lag": sum(self.lag.values()),
        }


@dataclass(frozen=True, slots=True)
class _Batch:
    """Messages on their way into the log, and where their partitions stand after them."""

    size: int
    offsets: Sequence[TopicPartition]
    settled: Future[tuple[int, int, int]]


class KafkaConsumer:
    """Takes the messages of a topic until it is stopped; one of several in its group.

    Args:
        consumer: not subscribed yet, with ``enable.auto.commit`` off.
        topic: where the events are.
        append: takes events into the log.
        letters: take what is no event.
        dead: a producer and the topic for the same letters; None keeps them in ``letters`` only.
        refuse: gives a reason against events that hold; asked in the thread that runs.
    """

    def __init__(
        self,
        consumer: Consumer,
        topic: str,
        append: Append,
        letters: DeadLetters,
        dead: tuple[Producer, str] | None = None,
        refuse: Refuse = nothing,
    ) -> None:
        self.consumed = Consumed()
        self._consumer = consumer
        self._topic = topic
        self._append = append
        self._letters = letters
        self._dead = dead
        self._refuse = refuse
        self._stop = Event()
        self._thread = ThreadPoolExecutor(1, "append")
        self._under_way: _Batch | None = None
        self._at: dict[tuple[str, int], int] = {}

    def stop(self) -> None:
        """Settle what is under way, then leave; safe to call from a signal handler."""
        self._stop.set()

    def run(self, *, until_end: bool = False, told: Callable[[Consumed], None] = lambda _: None) -> Consumed:
        """Take messages until `stop`, or until none is left.

        Args:
            until_end: leave once every message that is there has been taken.
            told: called after each batch.

        Raises:
            StoreError: the log took nothing for `PATIENCE_S`; what it did not take is not committed.
            KafkaException: the broker refuses us for good.
        """
        self._consumer.subscribe([self._topic], on_revoke=self._revoked, on_lost=self._lost)
        try:
            while not self._stop.is_set():
                messages = self._read()
                if messages:
                    self._pass_on(messages)
                elif self._under_way is not None:
                    self._settle()
                elif until_end and self._is_at_end():
                    break
                told(self.consumed)
            self._settle()
            told(self.consumed)
        finally:
            self._thread.shutdown(cancel_futures=True)
            self._consumer.close()
        return self.consumed

    def _read(self) -> list[Message]:
        found: list[Message] = []
        for message in self._consumer.consume(AT_A_TIME, POLL_S):
            error = message.error()
            if error is None:
                found.append(message)
            elif error.fatal() or error.code() in (
                KafkaError.TOPIC_AUTHORIZATION_FAILED,
                KafkaError.GROUP_AUTHORIZATION_FAILED,
            ):
                raise KafkaException(error)
            else:
                log.warning("Kafka: %s", error.str())
        return found

    def _pass_on(self, messages: Sequence[Message]) -> None:
        """Check them while those before are on their way, then send them on theirs."""
        sorted_ = sort_out(messages, datetime.now(UTC), self._refuse)
        self._settle()
        for each in messages:
            self._at[each.topic() or "", each.partition() or 0] = (each.offset() or 0) + 1
        offsets = [TopicPartition(topic, partition, place) for (topic, partition), place in _behind(messages).items()]
        settled = self._thread.submit(self._take, sorted_)
        self._under_way = _Batch(len(messages), offsets, settled)

    def _take(self, found: Sorted) -> tuple[int, int, int]:
        """Events and letters are durable on return: events accepted, events known, letters."""
        events, letters = found.events, found.letters
        duplicates = self._patiently(lambda: self._append(events, found.told)) if events else 0
        if letters:
            self._patiently(lambda: self._letters.add(letters, datetime.now(UTC)))
            self._publish(letters)
        return len(events) - duplicates, duplicates, len(letters)

    def _patiently(self, do: Callable[[], int | None]) -> int:
        """Try again while the log is busy, full or away."""
        give_up, pause = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
        while True:
            try:
                return do() or 0
            except PASSING as error:
                if time.monotonic() + pause > give_up or self._stop.is_set():
                    raise
                log.warning("the log takes nothing: %s; trying again in %.1f s", error, pause)
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)

    def _publish(self, letters: Sequence[Letter]) -> None:
        """The letters to their topic as well; they are kept, so that a broker that takes none loses none."""
        if self._dead is None:
            return
        producer, topic = self._dead
        try:
            for each in letters:
                headers: list[tuple[str, str | bytes | None]] = [
                    ("reason", each.reason),
                    ("topic", each.topic),
                    ("partition", str(each.partition)),
                    ("offset", str(each.place)),
                ]
                producer.produce(topic, each.value, each.key, headers=headers)
            left = producer.flush(FLUSH_S)
        except (BufferError, KafkaException) as error:
            log.warning("dead letters are kept, but the topic %s took none: %s", topic, error)
            return
        if left:
            log.warning("dead letters are kept, but %d did not reach the topic %s yet", left, topic)

    def _settle(self) -> None:
        """Wait for what is under way, and commit its offsets."""
        batch, self._under_way = self._under_way, None
        if batch is None:
            return
        accepted, duplicates, dead = batch.settled.result()
        try:
            self._consumer.commit(offsets=list(batch.offsets), asynchronous=False)
        except KafkaException as error:  # the next commit stands for this one; if none comes, they are known by id
            log.warning("offsets are not committed yet: %s", error)
        self.consumed.messages += batch.size
        self.consumed.accepted += accepted
        self.consumed.duplicates += duplicates
        self.consumed.dead += dead
        self._measure()

    def _measure(self) -> None:
        """Lag by what the broker said with the last messages: no question of its own."""
        for (topic, partition), place in self._at.items():
            _low, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
            self.consumed.lag[topic, partition] = max(0, high - place)

    def _is_at_end(self) -> bool:
        assigned = self._consumer.assignment()
        if not assigned:
            return False
        for place in self._consumer.position(assigned):
            low, high = self._consumer.get_watermark_offsets(place, timeout=5.0)
            if (place.offset if place.offset >= 0 else self._committed(place, low)) < high:
                return False
        return True

    def _committed(self, place: TopicPartition, low: int) -> int:
        """Where a partition is begun of which nothing was read yet."""
        (found,) = self._consumer.committed([place], timeout=5.0)
        return max(low, int(found.offset))

    def _revoked(self, _consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._settle()
        self._forget(partitions)

    def _lost(self, _consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        """Others have them already and read the same again: known by id."""
        batch, self._under_way = self._under_way, None
        if batch is not None:
            batch.settled.exception()  # waited for; its offsets are not ours to commit any more
        self._forget(partitions)

    def _forget(self, partitions: Sequence[TopicPartition]) -> None:
        for each in partitions:
            self._at.pop((each.topic, each.partition), None)
            self.consumed.lag.pop((each.topic, each.partition), None)


def _behind(messages: Sequence[Message]) -> dict[tuple[str, int], int]:
    """The offset behind the last message of each partition."""
    return {(each.topic() or "", each.partition() or 0): (each.offset() or 0) + 1 for each in messages}
