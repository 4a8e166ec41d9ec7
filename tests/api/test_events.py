"""`POST /v1/events` and what is read back, over a folder that nobody else owns; and `tastegraph events import`."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli import run
from api.folders import open_folder
from api.schemas.events import History, Taken
from api.settings import Settings
from api.wiring import open_service
from graph.schema import EVENTS
from tests.api.conftest import Reader

Printed = pytest.CaptureFixture[str]
BOUGHT = {"type": "bought", "user_id": "u-1-1", "product_id": "p-1-1", "at": "2026-11-22T10:00:00Z"}


@pytest.fixture
def copy(data: Path, tmp_path: Path) -> Path:
    """A data folder of its own."""
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    return folder


@pytest.fixture
def app(copy: Path) -> Iterator[FastAPI]:
    service = open_service(Settings.read(data=copy))
    yield create_app(service)
    service.close()


def post(app: FastAPI, content: bytes | Iterator[bytes], kind: str = "application/json") -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
            return await client.post("/v1/events", content=content, headers={"content-type": kind})

    return asyncio.run(ask())


def told(app: FastAPI, body: Any) -> Taken:
    answer = post(app, json.dumps(body).encode())
    assert answer.status_code == 202, answer.text
    return Taken.model_validate(answer.json())


def in_log(folder: Path) -> list[dict[str, Any]]:
    with closing(open_folder(Settings.read(data=folder)).open_log(read_only=True)) as log:
        return [dict(record.body) for record in log.read(None) if record.type != "imported"]


def test_what_is_acknowledged_is_in_the_log_and_can_be_read_back(app: FastAPI, copy: Path) -> None:
    taken = told(app, {**BOUGHT, "event_id": "e1"})
    assert (taken.accepted, taken.duplicates, taken.rejected) == (1, 0, 0)
    assert [event["event_id"] for event in in_log(copy)] == ["e1"]
    kept = Reader(app).get("/v1/events/e1").json()
    assert kept == {**BOUGHT, "event_id": "e1"}
    history = History.model_validate(Reader(app).get("/v1/users/u-1-1/events?limit=2").json())
    assert history.events[0]["event_id"] == "e1"
    assert len(history.events) == 2
    assert history.next_page == "2"


def test_events_of_imports_are_read_back_too(app: FastAPI) -> None:
    rated = Reader(app).get("/v1/users/u-1-1/events").json()["events"]
    assert len(rated) == 9, "a person, two follows each way, four ratings"
    one = next(event for event in rated if event["type"] == "rated")
    assert Reader(app).get(f"/v1/events/{one['event_id']}").json() == one


def test_every_event_type_is_taken_in_the_form_that_the_schema_names(app: FastAPI) -> None:
    more = {
        "shared": {"product_id": "p-1-1", "with": ["u-1-2"]},
        "deleted": {"label": "Product", "id": "p-1-2"},
        "posted": {"post_id": "x", "text": "hello", "product_ids": ["p-1-1"]},
    }
    ids = {"product_id": "p-1-1", "other_id": "u-1-2", "post_id": "x", "community_id": "c", "text": "t", "value": 4}
    bodies = []
    for name, event in EVENTS.items():
        if name == "erased":
            continue
        needed = {field.name: ids.get(field.name, "a") for field in event.fields if field.required}
        bodies.append({"type": name, "user_id": "u-1-1", **needed, **more.get(name, {})})
    taken = told(app, bodies)
    assert taken.rejected == 0, [each.reason for each in taken.results]
    assert taken.accepted == len(EVENTS) - 1


def test_a_retry_is_a_duplicate_also_a_month_later_where_it_names_no_time(
    app: FastAPI, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = [{**BOUGHT, "event_id": "dated"}, {**BOUGHT, "event_id": "undated", "at": None}]
    assert told(app, body).accepted == 2
    assert told(app, body).duplicates == 2
    from datetime import UTC, datetime, timedelta

    import api.events

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=30)

    monkeypatch.setattr(api.events, "datetime", Later)
    assert told(app, body).duplicates == 2
    assert len(in_log(copy)) == 2


def test_json_lines_are_taken_one_by_one(app: FastAPI) -> None:
    lines = [json.dumps({**BOUGHT, "event_id": "a"}), "", "{", json.dumps({"type": "bought"}), json.dumps(BOUGHT)]
    answer = Taken.model_validate(post(app, "\n".join(lines).encode(), "application/x-ndjson; charset=utf-8").json())
    assert [each.status for each in answer.results] == ["accepted", "rejected", "rejected", "accepted"]
    assert "no JSON" in str(answer.results[1].reason)
    assert "user_id" in str(answer.results[2].reason)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "invalid_body"),
        (b"{", 422, "invalid_body"),
        (b'"\xff"', 422, "invalid_body"),
        (b"[" * 100_000, 422, "invalid_body"),
        (b"5", 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (json.dumps({**BOUGHT, "quantity": "two"}).encode(), 422, "invalid_request"),
        (json.dumps({**BOUGHT, "user_id": "u" * 257}).encode(), 422, "invalid_request"),
        (json.dumps({**BOUGHT, "colour": "red"}).encode(), 422, "invalid_request"),
        (json.dumps({**BOUGHT, "at": "yesterday"}).encode(), 422, "invalid_request"),
        (b" " * 16_000_001, 413, "too_large"),
        (json.dumps([BOUGHT] * 10_001).encode(), 413, "too_large"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_kept(
    app: FastAPI, copy: Path, content: bytes, status: int, code: str
) -> None:
    answer = post(app, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not in_log(copy)


def test_an_empty_list_is_harmless(app: FastAPI) -> None:
    taken = told(app, [])
    assert (taken.accepted, taken.position) == (0, None)


def test_event_types_can_be_held_to_what_is_there(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEGRAPH_EVENTS__KNOWN_ONLY", '["bought"]')
    app = create_app(open_service(Settings.read(data=copy)))
    strange = {**BOUGHT, "product_id": "nothing"}
    taken = told(app, [BOUGHT, strange, {**strange, "type": "viewed"}])
    assert [each.status for each in taken.results] == ["accepted", "rejected", "accepted"]
    assert "nothing" in str(taken.results[1].reason)


def test_an_erased_event_erases(app: FastAPI, copy: Path) -> None:
    told(app, {"type": "erased", "user_id": "u-1-1"})
    get = Reader(app).get
    assert get("/v1/users/u-1-1").status_code == 404
    assert not [event for event in get("/v1/users/u-1-1/events").json()["events"] if event["type"] != "erased"]


def test_while_somebody_else_owns_the_folder_events_are_refused_for_now(app: FastAPI, copy: Path) -> None:
    import api.writing.handover as handover

    with pytest.MonkeyPatch.context() as patch, open_folder(Settings.read(data=copy)).owned():
        patch.setattr(handover, "WAIT_S", 0.05)
        answer = post(app, json.dumps(BOUGHT).encode())
    assert (answer.status_code, answer.json()["code"]) == (503, "store_locked")
    assert answer.headers["retry-after"] == "1"


def test_a_request_that_names_the_position_sees_its_own_event(app: FastAPI) -> None:
    reader = Reader(app)
    person = "u-1-3"
    offered = reader.get(f"/v1/users/{person}/feed").json()["items"][0]["id"]
    taken = told(app, {"type": "disliked", "user_id": person, "product_id": offered})
    answer = reader.get(f"/v1/users/{person}/feed", headers={"X-After-Position": str(taken.position)}).json()
    assert offered not in [item["id"] for item in answer["items"]]
    assert not answer["stale"]


def test_a_position_that_is_not_reached_makes_the_answer_stale(app: FastAPI) -> None:
    reader = Reader(app)
    position = str(told(app, BOUGHT).position)
    name, _, number = position.rpartition("-")
    ahead = {"X-After-Position": f"{name}-{int(number) + 1000}"}
    assert reader.get("/v1/users/u-1-1/feed", headers=ahead).json()["stale"]
    for wrong in ("nonsense", "00000000-1"):
        answer = reader.get("/v1/users/u-1-1/feed", headers={"X-After-Position": wrong})
        assert answer.status_code in (409, 422)


def test_unknown_events_are_told(app: FastAPI) -> None:
    answer = Reader(app).get("/v1/events/none")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_event")


def test_a_file_of_events_is_imported_and_again_without_harm(copy: Path, tmp_path: Path, capsys: Printed) -> None:
    lines = [json.dumps({**BOUGHT, "event_id": f"f{n}"}) for n in range(6000)]
    (tmp_path / "events.jsonl").write_text("\n".join([*lines, "", "nonsense"]), encoding="utf-8")
    command = ["events", "import", str(tmp_path / "events.jsonl"), "--data", str(copy), "--json"]
    assert run(command) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["accepted"], report["duplicates"], report["rejected"]) == (6000, 0, 1)
    assert report["examples"][0].startswith("line 6002: is no JSON")
    assert run(command) == 1
    assert json.loads(capsys.readouterr().out)["duplicates"] == 6000
    assert run(["events", "import", str(tmp_path / "none"), "--data", str(copy)]) != 0
