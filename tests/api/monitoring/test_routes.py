"""`GET /v1/monitoring`, `GET /metrics`, and the ids of requests, over a folder that nobody else owns."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.monitoring.logs import JsonFormatter, TextFormatter
from api.monitoring.requests import GIVEN, request_id
from api.schemas.monitoring import Monitoring
from api.settings import Settings
from api.wiring import open_service


@pytest.fixture(scope="module")
def app(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("monitored") / "data"
    shutil.copytree(data, folder)
    service = open_service(Settings.read(data=folder))
    yield create_app(service)
    service.close()


def ask(app: FastAPI, method: str, path: str, **given: object) -> httpx.Response:
    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **given)  # type: ignore[arg-type]

    return asyncio.run(one())


def metrics(app: FastAPI) -> dict[tuple[str, ...], float]:
    answer = ask(app, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_was_just_told_is_monitored(app: FastAPI):
    now = datetime.now(UTC).isoformat()
    told = [
        {"type": kind, "user_id": person, "product_id": "p-1-1", "at": now}
        for kind, person in (("viewed", "u-1-1"), ("viewed", "u-1-2"), ("bought", "u-1-1"))
    ]
    assert ask(app, "POST", "/v1/events", json=told).status_code == 202
    found = Monitoring.model_validate(ask(app, "GET", "/v1/monitoring?minutes=5").json())
    assert {each.type: each.count for each in found.events} == {"viewed": 2, "bought": 1}
    assert found.active_users == 2
    assert found.rising[0].product_id == "p-1-1"
    assert found.alerts == []


@pytest.mark.parametrize("minutes", ["0", "61", "x"])
def test_a_window_that_cannot_be_is_refused(app: FastAPI, minutes: str):
    answer = ask(app, "GET", f"/v1/monitoring?minutes={minutes}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_requests_are_counted_by_route_and_never_by_id(app: FastAPI):
    for person in ("u-1-1", "u-1-2", "nobody"):
        ask(app, "GET", f"/v1/users/{person}")
    ask(app, "GET", "/nowhere")
    found = metrics(app)
    route = "/v1/users/{user_id}"
    assert found["tastegraph_requests_total", "GET", route, "200"] == 2
    assert found["tastegraph_requests_total", "GET", route, "404"] == 1
    assert found["tastegraph_requests_total", "GET", "other", "404"] == 1
    assert found["tastegraph_request_seconds_count", "GET", route] == 3
    assert not any("u-1-1" in part for name in found for part in name)


def test_metrics_say_that_no_writer_answers(app: FastAPI):
    assert metrics(app)["tastegraph_writer_up",] == 0


@pytest.mark.parametrize("given", ["abc-1", "a" * 128])
def test_the_id_of_a_request_comes_back(app: FastAPI, given: str):
    assert ask(app, "GET", "/livez", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 129, 'quote"', "two words"])
def test_an_id_that_could_break_a_log_is_replaced(app: FastAPI, given: str):
    found = ask(app, "GET", "/livez", headers={"X-Request-ID": given}).headers["x-request-id"]
    assert found != given
    assert GIVEN.fullmatch(found.encode())


def record(**fields: object) -> logging.LogRecord:
    made = logging.LogRecord("api", logging.WARNING, "file", 1, "told %s", ("ana",), None)
    vars(made).update(fields)
    return made


def test_a_line_of_json_has_fields_and_the_id_of_the_request():
    token = request_id.set("r1")
    try:
        line = json.loads(JsonFormatter().format(record(code="store_busy", path=Path("x"))))
    finally:
        request_id.reset(token)
    line.pop("at")
    fields = {"code": "store_busy", "path": "x", "request_id": "r1"}
    assert line == {"level": "warning", "logger": "api", "event": "told ana", **fields}


def test_a_line_for_people_has_them_too():
    assert TextFormatter().format(record(code="store_busy")) == "warning  told ana  code=store_busy"
