"""An event that was acknowledged changes the next answer of a running service."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.folders import open_folder
from api.settings import LiveSettings, Settings
from api.steps import build_current, roll_back
from api.wiring import Service, open_service
from graph.errors import SnapshotMissing
from tests.api.conftest import Reader, product_id, user_id

SOON_S = 20.0
NOW = 1_700_100_000_000
NUMBERS = count()


@dataclass(frozen=True)
class Running:
    service: Service
    data: Path

    def happens(self, *events: dict[str, Any]) -> str:
        """Append events, and wait until they are taken in; the position of the last."""
        log = open_folder(Settings.read(data=self.data)).open_log()
        positions = log.append([{"event_id": f"live-{next(NUMBERS)}", "at": NOW, **each} for each in events])
        log.close()
        assert self.service.tail.wait_for(str(positions[-1]), SOON_S)
        return str(positions[-1])

    def get(self, path: str) -> httpx.Response:
        return Reader(create_app(self.service)).get(path)

    def feed(self, who: str) -> list[str]:
        return [item["id"] for item in self.get(f"/v1/users/{who}/feed").json()["items"]]


@pytest.fixture
def running(data: Path, tmp_path: Path) -> Iterator[Running]:
    copy = shutil.copytree(data, tmp_path / "data")
    live = LiveSettings(poll_s=0.005, look_s=0.05, recount_s=0.05)
    service = open_service(Settings(data=copy, live=live))
    yield Running(service, copy)
    service.close()


def test_purchases_in_another_circle_change_the_next_feed(running: Running) -> None:
    other = {product_id(2, number) for number in range(6)}
    assert not other & set(running.feed(user_id(1, 3))[:2])
    bought = [product_id(2, 0), product_id(2, 1)]
    running.happens(*({"type": "bought", "user_id": user_id(1, 3), "product_id": each} for each in bought))
    found = running.feed(user_id(1, 3))
    assert len(other & set(found[:4])) >= 2
    assert not set(bought) & set(found)


def test_a_dislike_moves_what_is_like_it_behind_what_is_not(running: Running) -> None:
    asker = "newcomer"
    before = running.feed(asker)
    like, unlike = ([each for each in before if each.startswith(kind)] for kind in ("p-1-", "p-2-"))
    assert before.index(like[0]) < before.index(unlike[-1])
    running.happens(*({"type": "disliked", "user_id": asker, "product_id": each} for each in like[:1]))
    after = running.feed(asker)
    assert like[0] not in after
    assert mean_place(after, like[1:]) > mean_place([each for each in before if each != like[0]], like[1:])


def mean_place(order: list[str], products: list[str]) -> float:
    return sum(order.index(each) for each in products) / len(products)


def test_what_people_buy_counts_in_the_next_answer(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "data")
    service = open_service(Settings(data=copy, live=LiveSettings(poll_s=0.005, recount_s=3600)))
    running = Running(service, copy)
    buyers = [user_id(circle, number) for circle in (1, 2) for number in range(5)]
    running.happens(*({"type": "bought", "user_id": each, "product_id": "hit"} for each in buyers))
    assert running.get("/v1/trending").json()["items"][0]["id"] == "hit"
    service.close()


def test_whoever_is_unfollowed_leads_nowhere_from_then_on(running: Running) -> None:
    friends = [user_id(1, 1), user_id(1, 2)]
    before = running.get(f"/v1/users/{user_id(1, 0)}/feed").json()["items"]
    assert any(reason["type"] == "social" for item in before for reason in item["reasons"])
    running.happens(*({"type": "unfollowed", "user_id": user_id(1, 0), "other_id": each} for each in friends))
    after = running.get(f"/v1/users/{user_id(1, 0)}/feed").json()["items"]
    assert not any(reason["type"] == "social" for item in after for reason in item["reasons"])


def test_somebody_new_is_answered_by_what_they_chose_first(running: Running) -> None:
    assert running.get("/v1/users/newcomer/feed").json()["cold_start"]
    running.happens({"type": "liked", "user_id": "newcomer", "product_id": product_id(2, 1)})
    answer = running.get("/v1/users/newcomer/feed").json()
    assert not answer["cold_start"]
    assert answer["items"][0]["id"].startswith("p-2-")


def test_a_new_product_with_attributes_is_found_at_once_and_a_deleted_one_never_again(running: Running) -> None:
    new = {"product_id": "fresh", "properties": {"title": "Fresh", "categories": ["c1"], "price_minor": 5}}
    running.happens({"type": "product", **new})
    assert "fresh" in running.feed(user_id(1, 3))
    assert running.get("/v1/products/fresh").json()["properties"]["title"] == "Fresh"
    running.happens({"type": "deleted", "label": "Product", "id": "fresh", "at": NOW + 1})
    assert "fresh" not in running.feed(user_id(1, 3))


def test_a_new_snapshot_takes_over_while_the_service_runs_and_answers_the_same(running: Running) -> None:
    running.happens({"type": "bought", "user_id": user_id(1, 3), "product_id": product_id(2, 0)})
    before, first = running.feed(user_id(1, 3)), running.service.view.snapshot_id
    second = build_current(open_folder(Settings.read(data=running.data))).id
    running.service.switch.wait_for(second, SOON_S)
    assert running.service.view.snapshot_id == second != first
    assert running.service.view.overlay.event_count == 0
    assert set(running.feed(user_id(1, 3))) == set(before)


def test_a_rollback_takes_over_too_and_what_happened_since_stays(running: Running) -> None:
    folder = open_folder(Settings.read(data=running.data))
    first = running.service.view.snapshot_id
    running.happens({"type": "followed", "user_id": user_id(1, 0), "other_id": user_id(2, 0)})
    second = build_current(folder).id
    assert running.service.switch.wait_for(second, SOON_S)
    assert roll_back(folder).id == first
    assert running.service.switch.wait_for(first, SOON_S)
    view = running.service.view
    followed = view.edges("User", "FOLLOWS", "User").out.neighbours(view.row_of("User", user_id(1, 0)))
    assert view.row_of("User", user_id(2, 0)) in followed.tolist()
    with pytest.raises(SnapshotMissing):
        roll_back(folder)


def found(running: Running, **asked: Any) -> dict[str, Any]:
    answer = Reader(create_app(running.service)).get("/v1/search", "POST", asked)
    assert answer.status_code == 200, answer.text
    return {item["id"]: item for item in answer.json()["items"]}


def test_a_product_that_just_came_is_found_by_words_meaning_and_filters(running: Running) -> None:
    known = {"title": "Trail running shoes", "categories": ["c1"], "price_minor": 7000}
    assert not found(running, text="running shoes")
    running.happens({"type": "product", "product_id": "new", "properties": known})
    hit = found(running, text="running shoes")["new"]
    assert {"words", "meaning"} <= set(hit["sources"])
    assert hit["reasons"][0]["words"] == ["running", "shoe"]
    assert set(found(running, text="跑鞋")) == {"new"}
    assert "new" in found(running, concept={"category": "c1"}, filter="price_minor > 6000")
    assert set(found(running, text="running shoes", filter='id = "new" and price_minor = 7000')) == {"new"}
    assert "new" not in found(running, text="running shoes", filter="price_minor < 6000")


def test_what_is_said_of_a_new_product_later_is_found_and_when_it_ends_it_is_gone(running: Running) -> None:
    running.happens({"type": "viewed", "user_id": user_id(1, 1), "product_id": "new"})
    assert not found(running, text="teapot")
    running.happens({"type": "product", "product_id": "new", "properties": {"title": "Teapot"}})
    until(lambda: "new" in found(running, text="teapot"))
    running.happens({"type": "deleted", "label": "Product", "id": "new"})
    assert "new" not in found(running, text="teapot")


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
