"""Asks the running service its own questions and says which answers are missing or unexplained."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from api.examples import Examples, encoded, names_friends
from graph.progress import Progress, silent

PATIENCE_S = 30.0
NOBODY = "nobody-has-this-id"

Answer = Mapping[str, Any]
Rule = Callable[[Answer], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer over HTTP."""

    status: int
    media_type: str
    body: bytes

    def json(self) -> Answer:
        """The body, which must be a JSON object."""
        parsed = json.loads(self.body)
        if not isinstance(parsed, dict):
            raise ValueError("not a JSON object")
        return parsed


@dataclass(frozen=True, slots=True)
class Question:
    """A path, the status that it must answer with, and what its answer must hold."""

    path: str
    rule: Rule
    status: int = 200
    media_type: str = "application/json"


def ask(address: str, path: str, key: str | None = None) -> Reply:
    """GET one path, with a key if there is one.

    Raises:
        OSError: nobody answers there.
    """
    connection = HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_S)
    try:
        connection.request("GET", path, headers={} if key is None else {"X-API-Key": key})
        response = connection.getresponse()
        return Reply(response.status, response.headers.get_content_type(), response.read())
    finally:
        connection.close()


def questions(examples: Examples) -> Iterator[Question]:
    """Everything that is asked."""
    yield Question("/livez", _holds("status"))
    yield Question("/readyz", _holds("snapshot", "nodes"))
    yield Question("/openapi.json", _holds("paths"))
    yield Question("/v1/trending", _slate)
    yield Question(f"/v1/users/{encoded(examples.users[0])}/feed", _social)
    for user in examples.users:
        yield Question(f"/v1/users/{encoded(user)}", _holds("id", "snapshot"))
        yield Question(f"/v1/users/{encoded(user)}/feed", _slate)
        yield Question(f"/v1/users/{encoded(user)}/people", _slate)
    for product in examples.products:
        yield Question(f"/v1/products/{encoded(product)}", _holds("id", "snapshot"))
        yield Question(f"/v1/products/{encoded(product)}/similar", _slate)
    yield Question(f"/v1/users/{NOBODY}/feed", _cold)
    for path in (f"/v1/products/{NOBODY}", f"/v1/products/{NOBODY}/similar"):
        yield Question(path, _unknown, 404, "application/problem+json")


def wrong_answers(address: str, examples: Examples, progress: Progress = silent, key: str | None = None) -> list[str]:
    """One line for each answer that is missing or unexplained; empty when all is well."""
    asked = list(questions(examples))
    wrong = []
    for number, each in enumerate(asked):
        progress(number / len(asked), each.path)
        wrong += [f"{each.path} {what}" for what in _faults(address, each, key)]
    return wrong


def _faults(address: str, question: Question, key: str | None) -> Iterator[str]:
    try:
        reply = ask(address, question.path, key)
        if reply.status != question.status:
            yield f"answered {reply.status}, not {question.status}"
        elif reply.media_type != question.media_type:
            yield f"answered with {reply.media_type}, not {question.media_type}"
        else:
            yield from question.rule(reply.json())
    except (OSError, HTTPException, ValueError) as error:
        yield f"gave no answer: {error or type(error).__name__}"


def _holds(*names: str) -> Rule:
    def rule(answer: Answer) -> Iterator[str]:
        yield from (f"lacks {name}" for name in names if not answer.get(name))

    return rule


def _slate(answer: Answer) -> Iterator[str]:
    if not answer.get("items"):
        yield "has no items"
    yield from _holds("snapshot", "model", "attribution")(answer)
    for item in answer.get("items", ()):
        if not item.get("sources"):
            yield f"does not say where {item['id']} comes from"
        if not item.get("reasons") or not all(reason.get("text") for reason in item["reasons"]):
            yield f"does not say why {item['id']} is there"


def _social(answer: Answer) -> Iterator[str]:
    if not names_friends(answer):
        yield "never says which of the people that are followed lead to an item"


def _cold(answer: Answer) -> Iterator[str]:
    yield from _slate(answer)
    if answer.get("cold_start") is not True:
        yield "does not say that it knows nothing of who asks"


def _unknown(answer: Answer) -> Iterator[str]:
    if answer.get("code") != "unknown_node":
        yield f"has the code {answer.get('code')!r}, not 'unknown_node'"
