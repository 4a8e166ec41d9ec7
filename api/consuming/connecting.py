"""Kafka's client as the settings want it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from api.consuming.kafka import KafkaConsumer
from api.consuming.letters import DeadLetters
from api.consuming.messages import appending
from api.errors import NotServing
from api.known import Refuse
from api.settings import KafkaSettings
from graph.folder import DataFolder

REACH_S = 10.0
OURS: Mapping[str, Any] = {
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    "queued.max.messages.kbytes": 65_536,  # with fetch bounds this is what a consumer may hold
    "fetch.message.max.bytes": 4 << 20,
    "socket.keepalive.enable": True,
}


def open_consumer(settings: KafkaSettings, folder: DataFolder, letters: DeadLetters, refuse: Refuse) -> KafkaConsumer:
    """A consumer of the settings' topic into the folder's log, whether that is served at the moment or not.

    Raises:
        NotServing: no broker answers.
    """
    ours: dict[str, Any] = {"bootstrap.servers": settings.servers, "client.id": "tastegraph", "log_level": 3}
    given = {name: value.get_secret_value() for name, value in settings.options.items()}
    _reach(settings, {**ours, **given})
    consumer = Consumer({**ours, **OURS, "group.id": settings.group, **given})
    dead = None
    if settings.dead_letters:
        dead = (Producer({**ours, "enable.idempotence": True, **given}), settings.dead_letters)
    return KafkaConsumer(consumer, settings.topic, appending(folder), letters, dead, refuse)


def _reach(settings: KafkaSettings, configuration: Mapping[str, Any]) -> None:
    """Fail at start, not silently for ever, where no broker answers."""
    reasons: list[str] = []

    def told(error: KafkaError) -> None:
        reasons.append(str(error))

    watched: dict[str, Any] = {**configuration, "error_cb": told}
    try:
        AdminClient(watched).list_topics(timeout=REACH_S)
    except KafkaException as error:
        raise NotServing(settings.servers, reasons[0] if reasons else str(error)) from error
