"""A real topic into the log: whoever is killed, nothing is lost and nothing is doubled."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from api.cli import run
from api.consuming.letters import DeadLetters
from api.settings import Settings
from api.wiring import open_folder
from graph.folder import DataFolder
from tests.servers.kafka import KafkaProcess

pytestmark = pytest.mark.kafka


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return open_folder(Settings.read(data=tmp_path / "data"))


def topic_of(server: KafkaProcess, request: pytest.FixtureRequest, partitions: int = 3) -> str:
    name = request.node.name[:60].replace("[", "-").replace("]", "")
    server.make_topic(name, partitions)
    server.make_topic(f"{name}.dead")
    return name


def bought(number: int) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "type": "bought",
        "user_id": f"u{number % 97}",
        "product_id": f"p{number % 31}",
        "at": "2026-11-22T10:00:00Z",
    }


def publish(server: KafkaProcess, topic: str, bodies: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": server.bootstrap_servers, "linger.ms": 20})
    for number, body in enumerate(bodies):
        producer.produce(topic, body, str(number).encode())
        if number % 5_000 == 0:
            producer.flush()
    assert producer.flush(60) == 0


def options(server: KafkaProcess, topic: str, folder: DataFolder) -> list[str]:
    given = {"topic": topic, "servers": server.bootstrap_servers, "group": topic, "dead-letters": f"{topic}.dead"}
    return [*(part for name, value in given.items() for part in (f"--{name}", value)), "--data", str(folder.path)]


def ids_in(folder: DataFolder) -> list[str]:
    if not folder.log.exists():  # whoever was to make it was killed before
        return []
    with closing(folder.open_log(read_only=True)) as log:
        return [record.body["event_id"] for record in log.read(None, 1_000_000)]


def test_messages_are_events_and_poison_is_kept_twice(kafka_server, folder, request, capsys):
    topic = topic_of(kafka_server, request)
    good = [json.dumps(bought(number)).encode() for number in range(500)]
    publish(kafka_server, topic, [*good, b"{", *good[:10], b'{"type":"liked"}'])
    assert run(["consume", "kafka", "--until-end", *options(kafka_server, topic, folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"messages": 512, "accepted": 500, "duplicates": 10, "dead_letters": 2, "lag": 0}
    assert sorted(ids_in(folder)) == sorted(f"e{number}" for number in range(500))
    with closing(DeadLetters(folder.dead_letters)) as letters:
        kept = {each.value: each.reason for each in letters.page()}
    assert sorted(kept) == [b"{", b'{"type":"liked"}']
    assert dead_in(kafka_server, f"{topic}.dead", 2) == kept


def dead_in(server: KafkaProcess, topic: str, count: int) -> dict[bytes, str]:
    consumer = Consumer(
        {"bootstrap.servers": server.bootstrap_servers, "group.id": "looker", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    found: dict[bytes, str] = {}
    deadline = time.monotonic() + 60
    while len(found) < count and time.monotonic() < deadline:
        for message in consumer.consume(count, 1.0):
            found[message.value()] = dict(message.headers())["reason"].decode()
    consumer.close()
    return found


def test_a_second_run_begins_where_the_first_ended(kafka_server, folder, request, capsys):
    topic = topic_of(kafka_server, request)
    for part in (range(20), range(20, 50)):
        publish(kafka_server, topic, [json.dumps(bought(number)).encode() for number in part])
        assert run(["consume", "kafka", "--until-end", *options(kafka_server, topic, folder)]) == 0
        assert json.loads(capsys.readouterr().out)["messages"] == len(part)


@pytest.mark.slow
def test_consumers_killed_at_random_lose_and_double_nothing(kafka_server, folder, request, tmp_path):
    """Two consumers of one group beside a writer; one of the three is killed, again and again."""
    topic = topic_of(kafka_server, request, 4)
    publish(kafka_server, topic, [json.dumps(bought(number)).encode() for number in range(60_000)])
    rng = random.Random(8)
    commands = {
        "writer": [sys.executable, "-m", "api.writing.writer", str(folder.path)],
        **{name: consuming(kafka_server, topic, folder) for name in ("one", "two")},
    }
    processes = {name: start(command) for name, command in commands.items()}
    try:
        for _ in range(12):
            time.sleep(rng.uniform(0.3, 1.5))
            name = rng.choice(list(commands))
            processes[name].kill()
            processes[name].wait()
            processes[name] = start(commands[name])
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline and len(ids_in(folder)) < 60_000:
            time.sleep(0.5)
            for name, process in processes.items():
                if process.poll() is not None:
                    processes[name] = start(commands[name])
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
    assert sorted(ids_in(folder)) == sorted(f"e{number}" for number in range(60_000))


def consuming(server: KafkaProcess, topic: str, folder: DataFolder) -> list[str]:
    quick = {"session.timeout.ms": "6000", "heartbeat.interval.ms": "1000"}
    given = f"TASTEGRAPH_KAFKA__OPTIONS={json.dumps(quick)}"
    return ["env", given, sys.executable, "-m", "api.cli", "consume", "kafka", *options(server, topic, folder)]


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_broker_that_is_killed_and_comes_back_is_taken_up_again(folder, request, tmp_path):
    server = KafkaProcess(tmp_path / "kafka")
    server.start()
    try:
        topic = topic_of(server, request)
        publish(server, topic, [json.dumps(bought(number)).encode() for number in range(200)])
        process = start(consuming(server, topic, folder))
        try:
            wait_for(folder, 200)
            server.process.kill()
            time.sleep(2)
            server.start()
            publish(server, topic, [json.dumps(bought(number)).encode() for number in range(200, 400)])
            wait_for(folder, 400)
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
    finally:
        server.process.kill()
    assert sorted(ids_in(folder)) == sorted(f"e{number}" for number in range(400))


def wait_for(folder: DataFolder, count: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if folder.log.exists() and len(ids_in(folder)) >= count:
            return
        time.sleep(0.2)
    raise AssertionError(f"{len(ids_in(folder))} of {count} events came")
