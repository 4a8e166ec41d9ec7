"""Start and stop a test server by hand; it stays until it is stopped, and keeps its data."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.servers.java import CACHE, ServerUnavailable
from tests.servers.kafka import KafkaProcess
from tests.servers.neo4j import LINES, NEWEST, Neo4jProcess

STOP_LIMIT_S = 60.0


def neo4j_command() -> None:
    """``python -m tests.servers.neo4j``."""
    parser = _parser("neo4j")
    parser.add_argument("--line", choices=LINES, default=NEWEST, help="line of servers")
    given = parser.parse_args()
    home = given.home or CACHE / "by-hand" / f"neo4j-{given.line}"

    def start() -> dict[str, Any]:
        server = Neo4jProcess(home / "home", given.line)
        known = _known(home)
        if known:  # its data knows this password already
            server.password, server.bolt_port, server.http_port = known["password"], known["bolt"], known["http"]
            server.first = False
        server.home.mkdir(parents=True, exist_ok=True)
        server.start(outlives=True)
        (home / "password").touch(mode=0o600)
        (home / "password").write_text(server.password, "utf-8")
        ports = {"bolt": server.bolt_port, "http": server.http_port}
        return {"pid": server.process.pid, "url": server.url, "password": server.password, **ports}

    def lines(known: dict[str, Any]) -> list[str]:
        return [
            "export TASTEGRAPH_STORE__ENGINE=neo4j",
            f"export TASTEGRAPH_STORE__URL={known['url']}",
            f'export TASTEGRAPH_STORE__PASSWORD="$(cat {home / "password"})"',
            f"# Neo4j Browser: http://127.0.0.1:{known['http']}, user neo4j",
        ]

    _do(given.what, home, start, lines)


def kafka_command() -> None:
    """``python -m tests.servers.kafka``."""
    given = _parser("kafka").parse_args()
    home = given.home or CACHE / "by-hand" / "kafka"

    def start() -> dict[str, Any]:
        server = KafkaProcess(home / "home")
        if known := _known(home):
            server.port, server.controller_port = known["port"], known["controller"]
        server.start(outlives=True)
        return {"pid": server.process.pid, "port": server.port, "controller": server.controller_port}

    _do(given.what, home, start, lambda known: [f"127.0.0.1:{known['port']}"])


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m tests.servers.{name}", description="A server for trying out.")
    parser.add_argument("what", choices=("start", "stop", "status", "remove"))
    parser.add_argument("--home", type=Path, help="folder for its data; one in the user's cache by default")
    return parser


def _do(what: str, home: Path, start: Any, lines: Any) -> None:
    known = _known(home)
    runs = known is not None and _runs(known["pid"], home)
    try:
        if what == "start" and not runs:
            home.mkdir(parents=True, exist_ok=True)
            known, runs = start(), True
            (home / "server.json").touch(mode=0o600)
            (home / "server.json").write_text(json.dumps(known), "utf-8")
    except ServerUnavailable as error:
        sys.exit(f"error: {error}")
    if what in ("stop", "remove") and known is not None and runs:
        _stop(known["pid"])
        runs = False
    if what == "remove":
        shutil.rmtree(home, ignore_errors=True)
    print("\n".join(lines(known)) if known is not None and runs else "not running")  # noqa: T201


def _known(home: Path) -> dict[str, Any] | None:
    try:
        known: dict[str, Any] = json.loads((home / "server.json").read_text("utf-8"))
    except OSError:
        return None
    return known


def _runs(pid: int, home: Path) -> bool:
    """Whether that process is still this server, and not another that took its number."""
    done = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(home) in done.stdout


def _stop(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOP_LIMIT_S
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
