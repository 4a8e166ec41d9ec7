"""The connection to a Neo4j server: bounded waits, retries of what is transient, and our own errors."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import DriverError

from graph.errors import StoreBusy, StoreUnavailable
from graph.store.neo4j.failures import translated

APPLICATION = "tastegraph"
OLDEST_SERVER = (5, 26)
"""The oldest line that is supported, the LTS one."""

SLACK_S = 3.0
"""How much longer than the server's own limit we wait for its word that the limit was passed; it looks every 2 s."""

RETRY_PAUSE_S = 0.05

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Neo4jConfig:
    """Where a server is, who we are there, and how long anything may take.

    Attributes:
        url: ``bolt://``, ``neo4j://``, or these with ``+s`` (certificate checked) and ``+ssc`` (any certificate).
        user: name to log in with.
        password: its password.
        database: name of the database.
        connect_s: longest wait for a connection to open.
        acquire_s: longest wait for a connection to be ready, handshake and login included.
        query_s: longest time one transaction may take, on the server and on our side.
        retry_s: how long a transaction that failed for a passing reason is tried again.
        ca_file: a certificate authority to trust, with ``bolt://`` or ``neo4j://``, instead of the system's.
    """

    url: str
    user: str
    password: str = field(repr=False)
    database: str = "neo4j"
    connect_s: float = 2.0
    acquire_s: float = 2.0
    query_s: float = 5.0
    retry_s: float = 10.0
    ca_file: Path | None = None


class Transaction:
    """An open transaction; see `Neo4jServer.transaction`."""

    def __init__(self, inner: neo4j.Transaction, where: str) -> None:
        self._inner = inner
        self._where = where

    def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run a query and take all that it returns, one tuple a record."""
        with translated(self._where):
            return [tuple(record) for record in self._inner.run(query, parameters)]

    def stream(self, query: str, **parameters: Any) -> Iterator[tuple[Any, ...]]:
        """Run a query and yield its records as they come; memory holds no more than the driver's fetch size."""
        with translated(self._where):
            for record in self._inner.run(query, parameters):
                yield tuple(record)

    @property
    def inner(self) -> neo4j.Transaction:
        """The driver's own transaction, for what only this package does with it."""
        return self._inner

    def run(self, query: str, **parameters: Any) -> None:
        """Run a query for its effect; what goes wrong with it may come up at a later one, or at the commit.

        The server works on it while the next one is made ready.
        """
        with translated(self._where):
            self._inner.run(query, parameters)


class Neo4jServer:
    """A server and its pool of connections; may be used by several threads.

    Nothing is opened before the first query. Every wait has a limit (see `Neo4jConfig`): the driver's own defaults wait
    for minutes on a server that hangs.

    Raises:
        StoreUnavailable: the address cannot be understood.
    """

    def __init__(self, config: Neo4jConfig) -> None:
        self.config = config
        trust: dict[str, Any] = {}
        if config.ca_file is not None:
            trust = {"encrypted": True, "trusted_certificates": neo4j.TrustCustomCAs(str(config.ca_file))}
        try:
            self._driver = neo4j.GraphDatabase.driver(
                config.url,
                auth=(config.user, config.password),
                connection_timeout=config.connect_s,
                connection_acquisition_timeout=config.acquire_s,
                connection_write_timeout=config.query_s + SLACK_S,
                liveness_check_timeout=1.0,
                max_transaction_retry_time=0.0,
                notifications_min_severity=neo4j.NotificationMinimumSeverity.OFF,
                user_agent=APPLICATION,
                **trust,
            )
        except (DriverError, ValueError, OSError) as error:
            raise StoreUnavailable(config.url, f"the address or its certificate cannot be used ({error})") from error

    @contextmanager
    def transaction(
        self,
        *,
        write: bool = False,
        query_s: float | None = None,
        lasts_s: float | None = None,
        fetch_size: int = 1000,
    ) -> Iterator[Transaction]:
        """One transaction; left with an exception it is rolled back, otherwise committed.

        Args:
            write: whether it may change the graph.
            query_s: longest time one query may take; the configuration's by default.
            lasts_s: longest time all of it may take; ``query_s`` by default.
            fetch_size: records that are fetched at a time.

        Raises:
            StoreUnavailable: no answer within the limits, no such database, or the limit of the transaction passed.
            StoreRefused: wrong name or password, missing privilege, or a certificate that is not trusted.
            StoreBusy: a passing reason, such as a lock that somebody else holds; the same may work again.
            StorageFull: the server has no space left.
        """
        limit = self.config.query_s if query_s is None else query_s
        mode = neo4j.WRITE_ACCESS if write else neo4j.READ_ACCESS
        with (
            translated(self.config.url),
            self._driver.session(
                database=self.config.database, default_access_mode=mode, fetch_size=fetch_size
            ) as session,
            session.begin_transaction(timeout=lasts_s or limit) as inner,
        ):
            _limit_reads(inner, limit + SLACK_S)
            yield Transaction(inner, self.config.url)

    def retried(self, work: Callable[[Transaction], T], *, write: bool = False, query_s: float | None = None) -> T:
        """Do work in one transaction, again in a new one while it fails for a passing reason.

        Raises:
            StoreBusy: it still failed after ``retry_s``.
        """

        def attempt() -> T:
            with self.transaction(write=write, query_s=query_s) as transaction:
                return work(transaction)

        return self.again(attempt)

    def again(self, attempt: Callable[[], T]) -> T:
        """Attempt something, and again while it fails for a passing reason.

        Raises:
            StoreBusy: it still failed after ``retry_s``.
        """
        until = time.monotonic() + self.config.retry_s
        pause = RETRY_PAUSE_S
        while True:
            try:
                return attempt()
            except StoreBusy:
                if time.monotonic() + pause > until:
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads writers, keeps no secret
            pause = min(1.0, pause * 2)

    def rows(
        self, query: str, parameters: dict[str, Any] | None = None, *, write: bool = False, query_s: float | None = None
    ) -> list[tuple[Any, ...]]:
        """All records of one query in a transaction of its own, retried as `retried` says."""
        return self.retried(lambda each: each.rows(query, **(parameters or {})), write=write, query_s=query_s)

    def run_alone(self, query: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """One statement that must not stand in a transaction of ours, such as one on the schema or in batches."""
        with (
            translated(self.config.url),
            self._driver.session(database=self.config.database, default_access_mode=neo4j.WRITE_ACCESS) as session,
        ):
            return [tuple(record) for record in session.run(query, parameters or {})]

    def stream(
        self,
        query: str,
        parameters: dict[str, Any] | None = None,
        *,
        fetch_size: int = 1000,
        query_s: float | None = None,
    ) -> Iterator[tuple[Any, ...]]:
        """Records of one reading query as they come; not retried, as some may have been used already."""
        with self.transaction(query_s=query_s, fetch_size=fetch_size) as transaction:
            yield from transaction.stream(query, **(parameters or {}))

    def version(self) -> tuple[int, int]:
        """The server's version, such as ``(2026, 8)`` or ``(5, 26)``.

        Raises:
            StoreUnavailable: it cannot be reached, or is older than `OLDEST_SERVER`.
        """
        with translated(self.config.url):
            agent = self._driver.get_server_info().agent
        number = agent.rpartition("/")[2]
        major, minor = (int(part) for part in number.split("-")[0].split(".")[:2])
        if (major, minor) < OLDEST_SERVER:
            oldest = ".".join(map(str, OLDEST_SERVER))
            raise StoreUnavailable(self.config.url, f"it is Neo4j {number}; {oldest} is the oldest that is supported")
        return major, minor

    def close(self) -> None:
        """Close all connections; safe to call twice."""
        self._driver.close()


def _limit_reads(transaction: neo4j.Transaction, limit_s: float) -> None:
    """Let no single answer of the server take longer.

    The driver takes this limit only from the server's own hint, two minutes by default, and has no setting for it; so
    the socket is told. A test with a stopped server proves that it holds.
    """
    transaction._connection.socket.set_read_timeout(limit_s)
