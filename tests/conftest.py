"""Servers for the tests that need one, and a word about those that were left out; see tests/servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.kafka import KafkaProcess, kafka_missing
from tests.servers.neo4j import LINES, NEWEST, Neo4jProcess, RunningNeo4j

LEFT_OUT = pytest.StashKey[list[str]]()
NEEDS = {"neo4j": LINES[NEWEST].missing, "kafka": kafka_missing}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a server that cannot be started here; in CI it stays and fails."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        return
    for marker, what_is_missing in NEEDS.items():
        needing = [item for item in items if item.get_closest_marker(marker)]
        reason = what_is_missing() if needing else None
        if reason:
            config.hook.pytest_deselected(items=needing)
            items[:] = [item for item in items if item not in set(needing)]
            config.stash[LEFT_OUT].append(f"{len(needing)} tests on {marker} were left out: {reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[LEFT_OUT]:
        terminalreporter.write_line(line, yellow=True, bold=True)


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNeo4j]:
    """A server of the newest line, one for the whole run; empty it before use."""
    yield from _running(tmp_path_factory.mktemp("neo4j"), NEWEST)


@pytest.fixture(scope="session")
def neo4j_lts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNeo4j]:
    """A server of the oldest line that is supported, one for the whole run."""
    yield from _running(tmp_path_factory.mktemp("neo4j-lts"), "5.26")


@pytest.fixture(params=["neo4j_server", pytest.param("neo4j_lts", marks=pytest.mark.slow)])
def any_neo4j(request: pytest.FixtureRequest) -> RunningNeo4j:
    """The servers of both lines, one after the other."""
    found: RunningNeo4j = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def start_neo4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., RunningNeo4j]]:
    """Starts servers for this test only, with settings of Neo4j's as it names them."""
    started: list[Neo4jProcess] = []

    def start(line: str = NEWEST, settings: dict[str, str] | None = None) -> RunningNeo4j:
        started.append(Neo4jProcess(tmp_path_factory.mktemp("own"), line, settings))
        started[-1].start()
        return RunningNeo4j.of(started[-1])

    yield start
    for process in started:
        process.kill()


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaProcess]:
    """A broker, one for the whole run."""
    server = KafkaProcess(tmp_path_factory.mktemp("kafka"))
    server.start()
    yield server
    server.process.kill()


def _running(home: Path, line: str) -> Iterator[RunningNeo4j]:
    process = Neo4jProcess(home, line)
    process.start()
    yield RunningNeo4j.of(process)
    process.kill()  # its data goes with the run: nothing to close in good order
