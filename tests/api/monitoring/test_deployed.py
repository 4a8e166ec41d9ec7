"""The alert rules and the dashboard ask for metrics that are there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.consuming.kafka import Consumed
from api.monitoring.consuming import ConsumerMeter
from api.monitoring.exposition import of_service, of_writer, text_of
from api.monitoring.requests import Meter

ROOT = Path(__file__).parents[3]
NAME = re.compile(r"tastegraph_\w+")


def told() -> set[str]:
    """Every metric that can be scraped."""
    meter = Meter()
    meter.observe("GET", "/livez", 200, 0.001)
    counts: dict[str, Any] = {"events": {"liked": 1}, "duplicates": 0, "commits": 1, "commit_s": 0.1, "waiting": 0}
    consumer = ConsumerMeter()
    consumer.set(Consumed(lag={("events", 0): 1}))
    texts = (
        meter.text(),
        text_of(of_writer(counts)),
        text_of(of_service(writer=True, stale=False, dead_letters=0)),
        text_of(consumer.collect()),
    )
    return set(NAME.findall(b"".join(texts).decode()))


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ROOT / "deploy/grafana/tastegraph.json").read_text("utf-8"))["panels"]
    return found


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_is_there_and_says_what_is_wrong(rule: dict[str, Any]):
    asked = NAME.findall(rule["expr"])
    assert asked
    assert set(asked) <= told()
    assert rule["annotations"]["summary"]
    assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_a_panel_asks_for_what_is_there(panel: dict[str, Any]):
    asked = [name for target in panel["targets"] for name in NAME.findall(target["expr"])]
    assert asked
    assert set(asked) <= told()


def test_every_metric_is_in_the_guide():
    guide = (ROOT / "docs/guides/monitoring.md").read_text("utf-8")
    families = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in told()}
    named = {name for name in families if f"{name}_total" not in families}
    assert {name for name in named if name not in guide} == set()
