"""A second server for analysts, in a Neo4j home of its own: filled from files, made ready, and then only to be read."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from graph.errors import InvalidValue, StoreUnavailable
from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer
from graph.store.neo4j.files import SCRIPT

CONF = Path("conf", "neo4j.conf")
BEGIN = "# tastegraph replica: everything down to its end is written anew by each refresh"
END = "# tastegraph replica: end"
STARTS_S = 180.0
"""Longest wait for a server that was started."""

EVERYWHERE = "0.0.0.0/0,::/0"

GUARDED = {
    "dbms.security.auth_enabled": "true",
    "dbms.security.allow_csv_import_from_file_urls": "false",
    "internal.dbms.cypher_ip_blocklist": EVERYWHERE,
    "db.memory.transaction.max": "256m",
    "db.transaction.timeout": "60s",
}
"""Settings of a replica, whether it may be written to or not: nothing from files or addresses, bounded transactions."""

READ_ONLY = "server.databases.default_to_read_only"


@dataclass(frozen=True)
class ReplicaHome:
    """A Neo4j that was unpacked into a folder, ``bin/neo4j`` and all.

    Attributes:
        path: the folder.
        bolt_port: where it answers, on loopback.
        http_port: where Neo4j Browser is.
        password: of the user ``neo4j``; set when the home is new.
        host: address that it listens on.

    Raises:
        InvalidValue: the folder holds no Neo4j.
    """

    path: Path
    bolt_port: int
    http_port: int
    password: str
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        for name in ("neo4j", "neo4j-admin"):
            if not (self.path / "bin" / name).is_file():
                raise InvalidValue(
                    "home", f"{self.path} has no bin/{name}; name the folder that Neo4j was unpacked into"
                )

    @property
    def config(self) -> Neo4jConfig:
        """How to reach it."""
        return Neo4jConfig(f"bolt://127.0.0.1:{self.bolt_port}", "neo4j", self.password, query_s=30.0)

    def refresh(self, files: Path, make_ready: Callable[[Neo4jServer], None]) -> None:
        """Replace its graph, and leave it running and read-only.

        Args:
            files: as `graph.store.neo4j.files` writes them.
            make_ready: makes indexes and writes properties while it still can be written to.

        Raises:
            StoreUnavailable: the import failed, or the server does not come up; it is left stopped.
            StoreError: what `make_ready` raises; the server is left stopped, and read-only when it is started.
        """
        self.stop()
        try:
            self._set_password()
            self._import(files)
            with self._running(read_only=False) as server:
                make_ready(server)
        finally:
            self.stop()
            self.configure(read_only=True)
        self.start()

    def configure(self, *, read_only: bool) -> None:
        """Write our settings at the end of its configuration; the same ones elsewhere in it are taken out of force."""
        ours = {
            **GUARDED,
            "server.default_listen_address": self.host,
            "server.bolt.listen_address": f"{self.host}:{self.bolt_port}",
            "server.http.listen_address": f"{self.host}:{self.http_port}",
            READ_ONLY: str(read_only).lower(),
        }
        path = self.path / CONF
        before = path.read_text("utf-8").splitlines() if path.exists() else []
        if BEGIN in before:
            before = before[: before.index(BEGIN)] + before[before.index(END) + 1 :]
        kept = [f"#{line}" if line.partition("=")[0].strip() in ours else line for line in before]
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [*kept, BEGIN, *(f"{name}={value}" for name, value in ours.items()), END]
        path.write_text("\n".join(lines) + "\n", "utf-8")

    def start(self) -> None:
        """Start it in the background, and wait until it answers.

        Raises:
            StoreUnavailable: it does not.
        """
        self._run("neo4j", "start")
        server = Neo4jServer(self.config)
        end = time.monotonic() + STARTS_S
        try:
            while True:
                try:
                    server.version()
                    server.rows("RETURN 1")
                    return
                except StoreUnavailable:
                    if time.monotonic() > end:
                        raise
                time.sleep(0.5)
        finally:
            server.close()

    def stay(self) -> NoReturn:
        """Run it in the foreground, in the place of this program."""
        self.stop()
        program = str(self.path / "bin" / "neo4j")
        os.execve(program, [program, "console"], {**os.environ, "NEO4J_HOME": str(self.path)})  # noqa: S606

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._is_running():
            self._run("neo4j", "stop")

    @contextmanager
    def _running(self, *, read_only: bool) -> Iterator[Neo4jServer]:
        self.configure(read_only=read_only)
        self.start()
        server = Neo4jServer(self.config)
        try:
            yield server
        finally:
            server.close()

    def _is_running(self) -> bool:
        return self._called("neo4j", "status").returncode == 0

    def _set_password(self) -> None:
        if not (self.path / "data" / "databases" / "system").exists():
            self.configure(read_only=True)
            self._run("neo4j-admin", "dbms", "set-initial-password", self.password)

    def _import(self, files: Path) -> None:
        self.configure(read_only=False)
        environment = {"NEO4J_ADMIN": str(self.path / "bin" / "neo4j-admin")}
        script = [str(files / SCRIPT), "--overwrite-destination=true"]
        _succeeded(script, _call(script, environment), self.path)

    def _run(self, program: str, *arguments: str) -> None:
        _succeeded([program, *arguments[:2]], self._called(program, *arguments), self.path)

    def _called(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _call([str(self.path / "bin" / program), *arguments], {"NEO4J_HOME": str(self.path)})


def _call(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, **environment}
    return subprocess.run(command, env=whole, capture_output=True, text=True, check=False)  # noqa: S603 - the user's own


def _succeeded(command: list[str], done: subprocess.CompletedProcess[str], home: Path) -> None:
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        reason = f"{' '.join(command[:3])} ended with {done.returncode}: {' / '.join(said[-3:])}"
        raise StoreUnavailable(str(home), reason)
