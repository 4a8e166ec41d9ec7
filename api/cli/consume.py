"""``tastegraph consume``: events from elsewhere into the log."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.console import notes, print_json
from api.cli.options import Data
from api.settings import Settings

if TYPE_CHECKING:
    from api.consuming.kafka import Consumed

TELL_EVERY_S = 10.0


def commands() -> typer.Typer:
    """The group."""
    group = typer.Typer(help="Events from elsewhere into the log.", rich_markup_mode=None)
    group.command("kafka")(kafka)
    group.callback()(lambda: None)
    return group


def kafka(
    topic: Annotated[str | None, typer.Option(help="Where the events are.", show_default="tastegraph.events")] = None,
    servers: Annotated[str | None, typer.Option(help="Addresses of brokers.", show_default="127.0.0.1:9092")] = None,
    group: Annotated[str | None, typer.Option(help="The consumers' group.", show_default="tastegraph")] = None,
    dead_letters: Annotated[
        str | None, typer.Option(help="Topic for what cannot be taken.", show_default="tastegraph.events.dead")
    ] = None,
    until_end: Annotated[bool, typer.Option(help="Leave once every message that is there has been taken.")] = False,
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Serve /metrics here, with the lag.")
    ] = None,
    data: Data = None,
) -> None:
    """Take the events of a Kafka topic, one in JSON a message, until ctrl-C or SIGTERM.

    Offsets are committed when the events are durable. What cannot be taken goes to the dead letters, see
    `tastegraph deadletters`. Several consumers share the topic's partitions. Prints what was done as JSON at the end.
    """
    settings = Settings.read(data=data)
    given = {"topic": topic, "servers": servers, "group": group, "dead_letters": dead_letters}
    chosen = settings.kafka.model_copy(update={name: value for name, value in given.items() if value is not None})
    consumed = _consume(settings.model_copy(update={"kafka": chosen}), until_end, metrics_port)
    print_json(consumed.as_dict())


def _consume(settings: Settings, until_end: bool, metrics_port: int | None) -> Consumed:
    from contextlib import closing

    from api.consuming.letters import DeadLetters
    from api.folders import open_folder
    from api.known import refusing
    from api.writing.garbage import collected_rarely
    from graph.errors import ExtraMissing

    try:
        from api.consuming.connecting import open_consumer
    except ImportError as error:
        raise ExtraMissing("confluent-kafka", "kafka") from error
    folder = open_folder(settings)
    Path(folder.path).mkdir(parents=True, exist_ok=True)
    refused = refusing(folder, settings.events.known_only)
    with closing(DeadLetters(folder.dead_letters)) as letters, refused as refuse:
        consumer = open_consumer(settings.kafka, folder, letters, refuse)
        before = {number: signal.signal(number, lambda *_: consumer.stop()) for number in STOPPING}
        try:
            with collected_rarely():
                return consumer.run(until_end=until_end, told=_Teller(metrics_port))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


STOPPING = (signal.SIGINT, signal.SIGTERM)


class _Teller:
    """Says on stderr, now and then, what was done; and to Prometheus, when a port is given."""

    def __init__(self, port: int | None) -> None:
        self._next = time.monotonic() + TELL_EVERY_S
        self._meter: Any = None
        if port is not None:
            from api.monitoring.consuming import ConsumerMeter

            self._meter = ConsumerMeter()
            self._meter.serve(port)

    def __call__(self, consumed: Consumed) -> None:
        if self._meter is not None:
            self._meter.set(consumed)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + TELL_EVERY_S
            told = "  ".join(f"{name} {value:,}" for name, value in consumed.as_dict().items())
            notes().print(told, markup=False)
