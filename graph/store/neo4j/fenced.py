"""Run own Cypher within the fence: both gates, then READ mode with limits on time, rows and bytes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import neo4j
from neo4j.exceptions import AuthError, Neo4jError

from graph.errors import CypherRefused, StoreUnavailable
from graph.fence.check import Checked, check
from graph.fence.plan import explain_gate
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.failures import OUT_OF_MEMORY, TIMED_OUT
from graph.store.neo4j.metered import Meter, metered
from graph.store.neo4j.plain import Drawing, plain, size

FETCHED = 100
"""Records that are asked of the server at a time."""

EXPLAIN = "EXPLAIN "
POSITION = re.compile(r"\(line (\d+), column (\d+)")
ACCESS_MODE = "Neo.ClientError.Statement.AccessMode"
PLAN_BYTES = 4_000_000
SLACK_S = 0.5
"""How much longer than the server we wait, so that it is the server that ends the query where it can."""

Truncated = Literal["rows", "bytes", "time"]


@dataclass(frozen=True, slots=True)
class FenceLimits:
    """What one query of an analyst may take.

    Attributes:
        rows: most that are returned.
        bytes: most bytes of the answer, as they come from the server and as JSON.
        query_s: longest time, in seconds, that the server works on it.
        plan_s: longest time that it may plan.
    """

    rows: int = 1_000
    bytes: int = 10_000_000
    query_s: float = 10.0
    plan_s: float = 5.0


@dataclass(frozen=True, slots=True)
class FencedResult:
    """The answer to own Cypher.

    Attributes:
        columns: names, in order.
        rows: values as JSON has them; nodes, relationships and paths are objects with their ids.
        truncated: which limit cut the answer; None if it is whole.
        took_s: time from the first gate to the last row.
        drawing: the nodes and relationships among the values, each once.
    """

    columns: tuple[str, ...]
    rows: list[list[Any]]
    truncated: Truncated | None
    took_s: float
    drawing: Drawing


def run_fenced(
    server: Neo4jServer,
    query: str,
    parameters: Mapping[str, Any] | None = None,
    limits: FenceLimits = FenceLimits(),
) -> FencedResult:
    """Answer one reading query, or refuse it.

    Raises:
        CypherRefused: by the first gate, by the second, or because the server cannot read it or run it as it is.
        StoreUnavailable, StoreRefused, StoreBusy: as `Neo4jServer.transaction` says.
    """
    began = time.monotonic()
    values = dict(parameters or {})
    checked = check(query, values)
    explain(server, checked, values, limits)
    return run_named(server, checked.text, values, limits, began)


def run_named(
    server: Neo4jServer,
    query: str,
    parameters: Mapping[str, Any],
    limits: FenceLimits = FenceLimits(),
    began: float | None = None,
) -> FencedResult:
    """Answer one reading query of the catalogue, which needs no gate, within the same limits.

    Args:
        server: which is asked.
        query: its text.
        parameters: checked values.
        limits: on rows, bytes and time.
        began: when the question came, on `time.monotonic`; now by default.

    Raises:
        CypherRefused: the server cannot run it, such as without the index that it needs.
        StoreUnavailable, StoreRefused, StoreBusy: as `Neo4jServer.transaction` says.
    """
    began = time.monotonic() if began is None else began
    values = dict(parameters)
    answer = _Answer(limits)
    meter = Meter(limits.bytes, time.monotonic() + limits.query_s + SLACK_S)
    try:
        with (
            server.transaction(query_s=limits.query_s, fetch_size=min(FETCHED, limits.rows + 1)) as transaction,
            metered(transaction.inner, meter),
            _told_apart(),
        ):
            answer.take(transaction.inner.run(query, values))
    except (StoreUnavailable, _Ended) as error:
        answer.truncated = answer.truncated or _cut(meter, error)
        if answer.truncated is None:
            raise
    return FencedResult(answer.columns, answer.rows, answer.truncated, time.monotonic() - began, answer.drawing)


def plan_of(server: Neo4jServer, query: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The server's plan of a query: operators with their details and estimates, and what each is fed by.

    Raises:
        StoreUnavailable, StoreRefused, StoreBusy: as `Neo4jServer.transaction` says.
    """
    with server.transaction() as transaction:
        summary = transaction.inner.run(EXPLAIN + query, dict(parameters)).consume()
    return _operator(summary.plan or {})


def _operator(plan: Mapping[str, Any]) -> dict[str, Any]:
    told = plan.get("args", {})
    return {
        "operator": str(plan.get("operatorType", "")).partition("@")[0],
        "details": told.get("Details", ""),
        "rows": told.get("EstimatedRows"),
        "from": [_operator(child) for child in plan.get("children", ())],
    }


def explain(server: Neo4jServer, checked: Checked, parameters: Mapping[str, Any], limits: FenceLimits) -> None:
    """Ask the server what it would do, and hold that against what is admitted; see `explain_gate`.

    Raises:
        CypherRefused: it is more, or the server cannot read the query.
    """
    meter = Meter(PLAN_BYTES, time.monotonic() + limits.plan_s + SLACK_S)
    try:
        with (
            server.transaction(query_s=limits.plan_s) as transaction,
            metered(transaction.inner, meter),
            _told_apart(),
        ):
            summary = transaction.inner.run(EXPLAIN + checked.text, dict(parameters)).consume()
    except (StoreUnavailable, _Ended) as error:
        if _cut(meter, error):
            raise CypherRefused("the server takes too long to plan the query") from None
        raise
    explain_gate(summary.plan, summary.query_type)


class _Answer:
    """Rows as they come, until a limit is passed."""

    def __init__(self, limits: FenceLimits) -> None:
        self._limits = limits
        self._bytes = 0
        self.columns: tuple[str, ...] = ()
        self.rows: list[list[Any]] = []
        self.truncated: Truncated | None = None
        self.drawing = Drawing()

    def take(self, result: neo4j.Result) -> None:
        """Take rows until the end or a limit."""
        self.columns = tuple(result.keys())
        for record in result:
            row = [plain(value, self.drawing) for value in record]
            self._bytes += size(row)
            if len(self.rows) == self._limits.rows:
                self.truncated = "rows"
            elif self._bytes > self._limits.bytes:
                self.truncated = "bytes"
            if self.truncated:
                return
            self.rows.append(row)


class _Ended(Exception):
    """The server ended the query at its time limit."""


@contextmanager
def _told_apart() -> Iterator[None]:
    """What the query itself is to blame for becomes a refusal; what the server is to blame for stays as it is."""
    try:
        yield
    except (OverflowError, TypeError, ValueError) as error:
        raise CypherRefused(f"a parameter has a value that the server does not know ({error})") from error
    except Neo4jError as error:
        code = error.code or ""
        if code in TIMED_OUT:
            raise _Ended from error
        if code in OUT_OF_MEMORY:
            raise CypherRefused("it needs more memory than the server gives one query") from error
        if code == ACCESS_MODE:
            raise CypherRefused("the server says that it would write") from error
        if code.startswith("Neo.ClientError.") and not isinstance(error, AuthError):
            raise _unreadable(error.message or code) from error
        raise


def _unreadable(message: str) -> CypherRefused:
    """The server's words without the text that it repeats, and the position in the analyst's own text."""
    found = POSITION.search(message)
    reason = " ".join(message[: found.start() if found else None].split())
    if found is None:
        return CypherRefused(f"the server does not run it: {reason}")
    line, column = int(found[1]), int(found[2])
    own = column - len(EXPLAIN) if line == 1 and EXPLAIN in message else column
    return CypherRefused(f"the server does not run it: {reason}", line, own)


def _cut(meter: Meter, error: Exception) -> Truncated | None:
    """Which limit ended an answer that broke off."""
    if meter.bytes_passed:
        return "bytes"
    return "time" if meter.time_passed or isinstance(error, _Ended) else None
