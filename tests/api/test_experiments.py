"""An experiment from the placement to its report: asked, shown, clicked, bought; over HTTP and on the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import create_app
from api.cli import run
from api.schemas.experiments import ExperimentReport, Experiments
from api.settings import Settings
from api.wiring import open_service
from tests.api.conftest import Reader
from tests.api.test_http import problem

ARMS = {"as-it-is": {"share": 0.5}, "cheap": {"share": 0.5, "changes": {"filter": "price_minor <= 102"}}}


@pytest.fixture
def ask(data: Path, tmp_path: Path) -> Iterator[Reader]:
    service = open_service(Settings.read(data=shutil.copytree(data, tmp_path / "data")))
    yield Reader(create_app(service))
    service.close()


def test_an_experiment_is_answered_observed_and_reported(
    ask: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {"feed": {"experiment": {"name": "cheaper", "arms": ARMS}}}
    assert ask.get("/v1/placements", "PUT", own).status_code == 200
    running = Experiments.model_validate_json(ask.get("/v1/experiments").content).experiments
    assert [(each.experiment, each.placement, each.arms) for each in running] == [
        ("cheaper", "feed", {"as-it-is": 0.5, "cheap": 0.5})
    ]
    dealt = {"as-it-is": 0, "cheap": 0}
    for n in range(40):
        who = f"newcomer-{n}"
        answer = ask.get(f"/v1/users/{who}/feed?limit=3").json()
        _, arm = answer["experiment"].split(":")
        dealt[arm] += 1
        items = [{"id": item["id"], "position": place} for place, item in enumerate(answer["items"], 1)]
        if arm == "cheap":
            assert all(item["fields"]["price_minor"] <= 102 for item in answer["items"])
        token = {"attribution": answer["attribution"], "user_id": who}
        told = [{"type": "impression", "items": items, **token}]
        if arm == "cheap":
            told.append({"type": "outcome", "kind": "click", "items": items[:1], **token})
            bought = {"product_id": items[0]["id"], "price_minor": 250, "currency": "EUR"}
            told.append({"type": "bought", "user_id": who, **bought})
        assert ask.get("/v1/events", "POST", told).json()["rejected"] == 0
    report = ExperimentReport.model_validate_json(ask.get("/v1/experiments/cheaper/report").content)
    assert {each.arm: each.people for each in report.arms} == dealt
    first, cheap = report.arms
    assert (first.ctr.value, cheap.ctr.value, cheap.conversion.value, cheap.revenue_minor.value) == (0, 1, 1, 250)
    assert report.currency == "EUR"
    assert {each.metric for each in report.differences} == {"ctr", "conversion", "revenue_minor"}
    problem(ask.get("/v1/experiments/nothing/report"), 404, "unknown_experiment")
    data = str(tmp_path / "data")
    assert run(["experiments", "report", "cheaper", "--json", "--data", data]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(report.model_dump_json())
    assert run(["experiments", "report", "cheaper", "--data", data]) == 0
    assert "cheap over as-it-is: ctr +1" in capsys.readouterr().out
    assert run(["experiments", "list", "--data", data]) == 0
    assert "cheaper" in capsys.readouterr().out
