"""Metrics of the log and of what follows it, in Prometheus' text form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

KIND = "text/plain; version=0.0.4; charset=utf-8"


class _Told(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def text_of(metrics: list[Metric]) -> bytes:
    """Metrics as text."""
    registry = CollectorRegistry()
    registry.register(_Told(metrics))
    return generate_latest(registry)


def of_writer(counts: Mapping[str, Any]) -> list[Metric]:
    """What `api.monitoring.monitor.Monitor.counts` tells, and ``waiting``."""
    events = CounterMetricFamily(
        "tastegraph_events", "Events new to the log since its writer started.", labels=["type"]
    )
    for kind, value in sorted(counts["events"].items()):
        events.add_metric([kind], value)
    return [
        events,
        CounterMetricFamily("tastegraph_events_duplicate", "Events that the log knew.", value=counts["duplicates"]),
        CounterMetricFamily("tastegraph_log_commits", "Commits of the log.", value=counts["commits"]),
        CounterMetricFamily("tastegraph_log_commit_seconds", "Time that they took.", value=counts["commit_s"]),
        GaugeMetricFamily("tastegraph_events_waiting", "Events that wait for the next commit.", counts["waiting"]),
    ]


def of_service(*, writer: bool, stale: bool, dead_letters: int) -> list[Metric]:
    """What a serving process sees."""
    return [
        GaugeMetricFamily("tastegraph_writer_up", "1 while the process that writes to the log answers.", int(writer)),
        GaugeMetricFamily("tastegraph_stale", "1 while newer events are missing from answers.", int(stale)),
        GaugeMetricFamily("tastegraph_dead_letters", "Messages that could not be taken.", dead_letters),
    ]
