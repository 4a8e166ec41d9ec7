"""A consumer's progress and lag for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.consuming.kafka import Consumed


class ConsumerMeter(Collector):
    """Holds what was told last."""

    def __init__(self) -> None:
        self._told = Consumed()

    def set(self, consumed: Consumed) -> None:
        """What the next look shows."""
        self._told = consumed

    def serve(self, port: int, host: str = "127.0.0.1") -> None:
        """Answer at ``/metrics`` from a thread of its own, for as long as the process runs."""
        registry = CollectorRegistry()
        registry.register(self)
        start_http_server(port, host, registry)

    def collect(self) -> list[Metric]:
        """The metrics of this moment."""
        told = self._told
        events = CounterMetricFamily(
            "tastegraph_consumed_messages", "Messages taken from the topic.", labels=["result"]
        )
        for result, value in (("accepted", told.accepted), ("duplicate", told.duplicates), ("dead_letter", told.dead)):
            events.add_metric([result], value)
        lag = GaugeMetricFamily(
            "tastegraph_consumer_lag_messages", "Messages behind the newest.", labels=["topic", "partition"]
        )
        for (topic, partition), value in sorted(told.lag.items()):
            lag.add_metric([topic, str(partition)], value)
        return [events, lag]
