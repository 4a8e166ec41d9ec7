"""The two clients: one that waits, and one that is awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx

from tastegraph_client import calls
from tastegraph_client.calls import AGAIN, Call
from tastegraph_client.errors import Unreachable
from tastegraph_client.forms import Item, Question, Receipt, Slate

T = TypeVar("T")
ADDRESS = "http://127.0.0.1:8000"
AFTER = "X-After-Position"


class _Settings:
    """What both clients remember.

    Args:
        key: is sent with every request; None for a service without keys.
        retries: how often a request is repeated that may be.
        read_own: whether answers have to hold what this client sent.
    """

    def __init__(self, key: str | None, retries: int, *, read_own: bool) -> None:
        self._key = {} if key is None else {"X-API-Key": key}
        self._retries = retries
        self._read_own = read_own
        self._position: str | None = None

    def _headers(self, call: Call[Any]) -> dict[str, str]:
        after = {AFTER: self._position} if self._read_own and self._position is not None else {}
        return {**self._key, **after, **call.headers}

    def _sent(self, receipt: Receipt) -> Receipt:
        self._position = receipt.position or self._position
        return receipt

    def _left(self, call: Call[Any]) -> int:
        return self._retries if call.repeatable else 0


class Client(_Settings):
    """Asks a service and waits for its answers. Safe to share among threads.

    Args:
        address: of the service.
        key: see `tastegraph keys`; None for a service without keys.
        timeout_s: longest wait for one answer.
        retries: how often a request is repeated that could not be delivered, or that the service was too busy for.
        read_own: whether answers have to hold what this client sent.
        http: an httpx client to use instead of one of its own; it is not closed.
    """

    def __init__(
        self,
        address: str = ADDRESS,
        key: str | None = None,
        *,
        timeout_s: float = 5.0,
        retries: int = 3,
        read_own: bool = True,
        http: httpx.Client | None = None,
    ) -> None:
        super().__init__(key, retries, read_own=read_own)
        self._own = http is None
        self._http = http or httpx.Client(base_url=address, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._own:
            self._http.close()

    def recommend(self, placement: str = "feed", **asked: Unpack[Question]) -> Slate:
        """One page of a placement's answer.

        Raises:
            ApiError: the service refused.
            Unreachable: no answer came.
        """
        return self._do(calls.recommend(placement, asked))

    def pages(self, placement: str = "feed", **asked: Unpack[Question]) -> Iterator[Slate]:
        """All pages, each asked for when it is wanted."""
        while True:
            page = self.recommend(placement, **asked)
            yield page
            if page.next_page is None:
                return
            asked["page_token"] = page.next_page

    def all_items(self, placement: str = "feed", **asked: Unpack[Question]) -> Iterator[Item]:
        """The items of all pages."""
        for page in self.pages(placement, **asked):
            yield from page.items

    def search(self, text: str = "", **asked: Any) -> Slate:
        """Products by words, meaning, and what they belong to; ``asked`` as ``POST /v1/search`` takes it."""
        return self._do(calls.search({"text": text, **asked}))

    def send(self, events: Iterable[Mapping[str, Any]]) -> Receipt:
        """Tell what happened; what is accepted is durable, and in this client's next answers."""
        return self._sent(self._do(calls.send(events)))

    def user(self, user_id: str) -> dict[str, Any]:
        """What is known of a person."""
        return self._do(calls.node("users", user_id))

    def product(self, product_id: str) -> dict[str, Any]:
        """What is known of a product."""
        return self._do(calls.node("products", product_id))

    def explain(self, user_id: str, product_id: str) -> dict[str, Any]:
        """Why a product might be for a person: paths through the graph."""
        return self._do(calls.explain(user_id, product_id))

    def erase(self, user_id: str) -> dict[str, Any]:
        """Erase a person; doing it again is harmless."""
        return self._do(calls.erase(user_id))

    def placements(self) -> dict[str, Any]:
        """The placements in force, and their version."""
        return self._do(calls.placements())

    def put_placements(
        self, own: Mapping[str, Any], expected: int | None = None, *, validate_only: bool = False
    ) -> dict[str, Any]:
        """Say what the placements are; refused where another version than ``expected`` is in force."""
        return self._do(calls.put_placements(own, expected, validate_only=validate_only))

    def _do(self, call: Call[T]) -> T:
        for attempt in range(self._left(call) + 1):
            response, failed = None, None
            try:
                response = self._http.request(call.method, call.path, json=call.body, headers=self._headers(call))
            except httpx.TransportError as error:
                failed = error
            if response is not None and response.status_code not in AGAIN:
                return calls.read(call, response)
            if attempt < self._left(call):
                time.sleep(calls.pause_s(attempt, response))
        if response is None:
            raise Unreachable(str(failed)) from failed
        return calls.read(call, response)


class AsyncClient(_Settings):
    """As `Client`, to be awaited.

    Args:
        address: of the service.
        key: see `tastegraph keys`; None for a service without keys.
        timeout_s: longest wait for one answer.
        retries: how often a request is repeated that could not be delivered, or that the service was too busy for.
        read_own: whether answers have to hold what this client sent.
        http: an httpx client to use instead of one of its own; it is not closed.
    """

    def __init__(
        self,
        address: str = ADDRESS,
        key: str | None = None,
        *,
        timeout_s: float = 5.0,
        retries: int = 3,
        read_own: bool = True,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(key, retries, read_own=read_own)
        self._own = http is None
        self._http = http or httpx.AsyncClient(base_url=address, timeout=timeout_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._own:
            await self._http.aclose()

    async def recommend(self, placement: str = "feed", **asked: Unpack[Question]) -> Slate:
        """One page of a placement's answer.

        Raises:
            ApiError: the service refused.
            Unreachable: no answer came.
        """
        return await self._do(calls.recommend(placement, asked))

    async def pages(self, placement: str = "feed", **asked: Unpack[Question]) -> AsyncIterator[Slate]:
        """All pages, each asked for when it is wanted."""
        while True:
            page = await self.recommend(placement, **asked)
            yield page
            if page.next_page is None:
                return
            asked["page_token"] = page.next_page

    async def all_items(self, placement: str = "feed", **asked: Unpack[Question]) -> AsyncIterator[Item]:
        """The items of all pages."""
        async for page in self.pages(placement, **asked):
            for item in page.items:
                yield item

    async def search(self, text: str = "", **asked: Any) -> Slate:
        """Products by words, meaning, and what they belong to; ``asked`` as ``POST /v1/search`` takes it."""
        return await self._do(calls.search({"text": text, **asked}))

    async def send(self, events: Iterable[Mapping[str, Any]]) -> Receipt:
        """Tell what happened; what is accepted is durable, and in this client's next answers."""
        return self._sent(await self._do(calls.send(events)))

    async def user(self, user_id: str) -> dict[str, Any]:
        """What is known of a person."""
        return await self._do(calls.node("users", user_id))

    async def product(self, product_id: str) -> dict[str, Any]:
        """What is known of a product."""
        return await self._do(calls.node("products", product_id))

    async def explain(self, user_id: str, product_id: str) -> dict[str, Any]:
        """Why a product might be for a person: paths through the graph."""
        return await self._do(calls.explain(user_id, product_id))

    async def erase(self, user_id: str) -> dict[str, Any]:
        """Erase a person; doing it again is harmless."""
        return await self._do(calls.erase(user_id))

    async def placements(self) -> dict[str, Any]:
        """The placements in force, and their version."""
        return await self._do(calls.placements())

    async def put_placements(
        self, own: Mapping[str, Any], expected: int | None = None, *, validate_only: bool = False
    ) -> dict[str, Any]:
        """Say what the placements are; refused where another version than ``expected`` is in force."""
        return await self._do(calls.put_placements(own, expected, validate_only=validate_only))

    async def _do(self, call: Call[T]) -> T:
        for attempt in range(self._left(call) + 1):
            response, failed = None, None
            try:
                response = await self._http.request(call.method, call.path, json=call.body, headers=self._headers(call))
            except httpx.TransportError as error:
                failed = error
            if response is not None and response.status_code not in AGAIN:
                return calls.read(call, response)
            if attempt < self._left(call):
                await asyncio.sleep(calls.pause_s(attempt, response))
        if response is None:
            raise Unreachable(str(failed)) from failed
        return calls.read(call, response)
