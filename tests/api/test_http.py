"""Every route, asked over ASGI, on the small graph of conftest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import BaseModel

from api.schemas.health import Live, Ready
from api.schemas.nodes import Product, User
from api.schemas.problem import Problem
from api.schemas.recommendations import Slate
from tests.api.conftest import ODD_PRODUCT, ODD_USER

Get = Callable[..., httpx.Response]

USER = "/v1/users/u-1-3"
PRODUCT = "/v1/products/p-1-3"
SLATES = (f"{USER}/feed", f"{USER}/people", f"{PRODUCT}/similar", "/v1/trending")


def slate(reply: httpx.Response) -> Slate:
    assert reply.status_code == 200, reply.text
    return Slate.model_validate_json(reply.content)


def problem(reply: httpx.Response, status: int, code: str) -> Problem:
    assert reply.headers["content-type"] == "application/problem+json"
    found = Problem.model_validate_json(reply.content)
    assert (reply.status_code, found.status, found.code) == (status, status, code)
    return found


@pytest.mark.parametrize(
    ("path", "form"),
    [
        *((path, Slate) for path in SLATES),
        (USER, User),
        (PRODUCT, Product),
        ("/livez", Live),
        ("/readyz", Ready),
    ],
)
def test_every_answer_has_its_documented_form(get: Get, path: str, form: type[BaseModel]) -> None:
    reply = get(path)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/json"
    form.model_validate_json(reply.content)


@pytest.mark.parametrize("path", SLATES)
def test_every_item_says_where_it_comes_from_and_why(get: Get, path: str) -> None:
    found = slate(get(path))
    assert found.items
    assert found.snapshot
    assert found.model
    for item in found.items:
        assert item.sources
        assert item.reasons
        assert all(reason.text for reason in item.reasons)


def test_a_feed_names_the_people_who_lead_to_an_item(get: Get) -> None:
    reasons = [reason for item in slate(get(f"{USER}/feed")).items for reason in item.reasons]
    social = [reason for reason in reasons if reason.type == "social"]
    assert social
    assert {person.id for reason in social for person in reason.people or ()} <= {"u-1-4", "u-1-5"}
    assert all(reason.action == "rated" and "rated" in reason.text for reason in social)


def test_a_feed_never_offers_what_the_person_already_rated(get: Get) -> None:
    rated = {"p-1-3", "p-1-4", "p-1-5", "p-1-0"}
    assert rated.isdisjoint(item.id for item in slate(get(f"{USER}/feed?limit=100")).items)


def test_people_to_follow_are_neither_oneself_nor_followed_already(get: Get) -> None:
    found = slate(get(f"{USER}/people"))
    assert {"u-1-3", "u-1-4", "u-1-5"}.isdisjoint(item.id for item in found.items)
    assert all(item.type == "user" for item in found.items)


def test_without_explain_there_are_no_reasons(get: Get) -> None:
    assert all(item.reasons == [] for item in slate(get(f"{USER}/feed?explain=false")).items)


def test_limit_bounds_the_items(get: Get) -> None:
    assert len(slate(get("/v1/trending?limit=3")).items) == 3


def test_pages_follow_one_another_without_repeats_or_gaps(get: Get) -> None:
    whole = [item.id for item in slate(get("/v1/trending?limit=10")).items]
    path, pages = "/v1/trending?limit=4", []
    while path and len(pages) < 10:
        page = slate(get(path))
        pages += [item.id for item in page.items]
        path = f"/v1/trending?limit=4&page_token={quote(page.next_page, safe='')}" if page.next_page else ""
    assert pages[:10] == whole


@pytest.mark.parametrize("token", ["x", "AAAA", "e30=", "💥", " "])
def test_a_token_that_we_did_not_make_is_refused(get: Get, token: str) -> None:
    problem(get(f"/v1/trending?page_token={quote(token)}"), 422, "invalid_page_token")


def test_the_same_question_has_the_same_answer(get: Get) -> None:
    first, second = slate(get(f"{USER}/feed")), slate(get(f"{USER}/feed"))
    assert first.items == second.items


def test_an_unknown_person_gets_a_cold_start_that_says_so(get: Get) -> None:
    found = slate(get("/v1/users/nobody/feed"))
    assert found.cold_start
    assert found.items
    assert all(item.reasons for item in found.items)


def test_a_known_person_does_not_get_a_cold_start(get: Get) -> None:
    assert not slate(get(f"{USER}/feed")).cold_start


@pytest.mark.parametrize("path", ["/v1/products/nothing", "/v1/products/nothing/similar", "/v1/users/nobody"])
def test_an_unknown_node_is_not_found(get: Get, path: str) -> None:
    found = problem(get(path), 404, "unknown_node")
    assert found.instance == path
    assert "no" in found.detail


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=0", "query.limit"),
        ("limit=101", "query.limit"),
        ("limit=ten", "query.limit"),
        ("explain=perhaps", "query.explain"),
        ("limt=5", "query.limt"),
    ],
)
@pytest.mark.parametrize("path", SLATES)
def test_a_wrong_parameter_is_named(get: Get, path: str, query: str, where: str) -> None:
    found = problem(get(f"{path}?{query}"), 422, "invalid_request")
    assert [each.where for each in found.errors or ()] == [where]


@pytest.mark.parametrize("path", ["/v1", "/v2/trending", "/v1/trending/", "/v1/users/a/b/feed", "/v1/users//feed"])
def test_a_path_without_a_route_is_a_problem(get: Get, path: str) -> None:
    problem(get(path), 404, "unknown_route")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
def test_a_wrong_method_is_a_problem_and_says_what_is_allowed(get: Get, method: str) -> None:
    reply = get("/v1/trending", method=method)
    problem(reply, 405, "method_not_allowed")
    assert reply.headers["allow"] == "GET"


def odd(text: str) -> str:
    return quote(text, safe="")


def test_ids_with_slashes_quotes_and_emoji_work_in_every_place(get: Get) -> None:
    user = User.model_validate_json(get(f"/v1/users/{odd(ODD_USER)}").content)
    product = Product.model_validate_json(get(f"/v1/products/{odd(ODD_PRODUCT)}").content)
    assert (user.id, product.id) == (ODD_USER, ODD_PRODUCT)
    assert slate(get(f"/v1/users/{odd(ODD_USER)}/feed")).items
    assert slate(get(f"/v1/users/{odd(ODD_USER)}/people")).items
    assert slate(get(f"/v1/products/{odd(ODD_PRODUCT)}/similar")).items


def test_an_encoded_percent_sign_is_decoded_once(get: Get) -> None:
    found = problem(get("/v1/users/a%252Fb"), 404, "unknown_node")
    assert "'a%2Fb'" in found.detail


@pytest.mark.parametrize(
    ("part", "where"), [("x" * 257, "path.user_id"), ("%F0%9F%98%80" * 65, "path.user_id"), ("%ff", "path")]
)
def test_what_cannot_be_an_id_is_refused(get: Get, part: str, where: str) -> None:
    found = problem(get(f"/v1/users/{part}"), 422, "invalid_request")
    assert [each.where for each in found.errors or ()] == [where]


def test_a_person_is_told_with_counts_and_newest_actions(get: Get) -> None:
    found = User.model_validate_json(get(USER).content)
    assert found.properties["display_name"] == "Person 1.3"
    assert (found.following, found.followers) == (2, 2)
    assert found.actions == {"rated": 4}
    assert [each.product_id for each in found.recent] == ["p-1-0", "p-1-5", "p-1-4", "p-1-3"]
    assert found.recent[0].value == 5
    assert found.recent[0].at == "2023-11-15T04:13:00Z"


def test_a_product_is_told_with_counts_and_mean_stars(get: Get) -> None:
    found = Product.model_validate_json(get(PRODUCT).content)
    assert found.properties["title"] == "Thing 1.3"
    assert found.properties["price_minor"] == 103
    assert found.properties["categories"] == ["c1"]
    assert found.actions == {"rated": found.people}
    assert found.mean_rating == 5
    assert not found.deleted


def test_the_answer_names_the_snapshot_that_readyz_names(get: Get) -> None:
    assert slate(get("/v1/trending")).snapshot == get("/readyz").json()["snapshot"]


def test_the_documentation_asks_nothing_of_the_internet(get: Get) -> None:
    page = get("/docs").text
    assert "https://" not in page
    for asset in [part.split('"')[0] for part in page.split('src="')[1:]]:
        assert get(asset).status_code == 200


def operations(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, operation) for path, methods in described["paths"].items() for operation in methods.values()]


def test_every_route_is_described_with_a_summary_an_answer_and_an_example(get: Get) -> None:
    described = get("/openapi.json").json()
    assert len(described["paths"]) == 30
    for path, operation in operations(described):
        done = next(response for status, response in operation["responses"].items() if status < "300")
        answer = done["content"]["application/json"]
        assert operation["summary"], path
        assert {"$ref", "anyOf"} & answer["schema"].keys(), path
        assert answer["example"], path


def test_errors_are_described_as_problems(get: Get) -> None:
    for _path, operation in operations(get("/openapi.json").json()):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"]


def test_the_root_leads_to_the_documentation(get) -> None:
    found = get("/")
    assert (found.status_code, found.headers["location"]) == (307, "/docs")
