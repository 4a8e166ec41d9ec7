"""A Kafka topic into the log of a folder that nobody serves: from the first batch that is durable to the last."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import closing
from pathlib import Path

import orjson

from benchmarks.harness import Measure

MESSAGES, PARTITIONS = 300_000, 4
PEOPLE, PRODUCTS = 9_973, 4_999
TOPIC = "events"


def kafka_in(work: Path) -> list[Measure]:
    """One consumer; the broker, which has all messages already, runs on the same cores."""
    from api.consuming.connecting import open_consumer
    from api.consuming.letters import DeadLetters
    from api.known import nothing
    from api.settings import KafkaSettings
    from api.writing.garbage import collected_rarely
    from graph.folder import DataFolder
    from tests.servers.kafka import KafkaProcess

    home = work / "kafka_in"
    shutil.rmtree(home, ignore_errors=True)
    server = KafkaProcess(home / "kafka")
    server.start()
    try:
        server.make_topic(TOPIC, PARTITIONS)
        _publish(server.bootstrap_servers)
        folder = DataFolder(home / "data")
        folder.path.mkdir()
        given = KafkaSettings(servers=server.bootstrap_servers, topic=TOPIC, dead_letters="")
        with closing(DeadLetters(folder.dead_letters)) as letters:
            consumer = open_consumer(given, folder, letters, nothing)
            seen: list[tuple[float, int]] = []
            cpu = time.process_time()
            with collected_rarely():
                done = consumer.run(
                    until_end=True, told=lambda so_far: seen.append((time.perf_counter(), so_far.accepted))
                )
            cpu = time.process_time() - cpu
    finally:
        server.process.kill()
    if done.accepted != MESSAGES:
        sys.exit(f"{done.accepted:,} of {MESSAGES:,} events were accepted")
    began, before = next(each for each in seen if each[1])
    ended = next(at for at, accepted in seen if accepted == MESSAGES)
    return [
        Measure("events durable", (MESSAGES - before) / (ended - began), "/s", 50_000, at_least=True),
        Measure("events a second of the consumer's processor time", MESSAGES / cpu, "/s"),
    ]


def _publish(servers: str) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": servers, "linger.ms": 20})
    for number in range(MESSAGES):
        event = {
            "event_id": f"e{number}",
            "type": "bought",
            "user_id": f"u{number % PEOPLE}",
            "product_id": f"p{number % PRODUCTS}",
            "at": "2026-11-22T10:00:00Z",
        }
        producer.produce(TOPIC, orjson.dumps(event), str(number))
        if number % 5_000 == 0:
            producer.flush()
    producer.flush()
