"""A real Neo4j Community server on loopback ports; see the package.

By hand: ``python -m tests.servers.neo4j start [--line 5.26] | stop | status``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import neo4j

from graph.store.neo4j.connection import Neo4jConfig
from tests.servers.java import find_jdk, jars, major, missing
from tests.servers.process import ServerProcess, free_port

POM = Path(__file__).with_name("neo4j.xml")
START_LIMIT_S = 300.0
"""It takes about ten seconds on two idle cores, and minutes on very busy ones."""
FIRST_PASSWORD = "neo4j"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of servers: its version, the oldest JDK that runs it, and its main class."""

    version: str
    oldest_jdk: int
    main: str

    def missing(self) -> str | None:
        """What this machine lacks to run it; None where nothing."""
        return missing(self.oldest_jdk, POM, neo4j=self.version)


LINES = {
    "2026.08": Line("2026.08.1", 21, "org.neo4j.server.Neo4jCommunity"),
    "5.26": Line("5.26.30", 17, "org.neo4j.server.CommunityEntryPoint"),
    "older": Line("5.20.0", 17, "org.neo4j.server.CommunityEntryPoint"),  # to be refused
}
NEWEST = "2026.08"

SETTINGS = {
    "server.default_listen_address": "127.0.0.1",
    "server.default_advertised_address": "127.0.0.1",
    "server.https.enabled": "false",
    "server.memory.heap.initial_size": "512m",
    "server.memory.heap.max_size": "1g",
    "server.memory.pagecache.size": "512m",
    "dbms.usage_report.enabled": "false",
}


BIN = """#!/bin/sh
export NEO4J_HOME='{home}' NEO4J_CONF='{home}/conf' JAVA_HOME='{jdk}'
exec '{jdk}/bin/java' -cp '{home}/lib/*' {main} "$@"
"""
PROGRAMS = {"neo4j": "Neo4jCommand", "neo4j-admin": "Neo4jAdminCommand"}
OPENED = (
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch")),
    "--enable-native-access=ALL-UNNAMED",
    "--add-modules=jdk.incubator.vector",
)
"""What Java must be told; the distribution's own neo4j.conf says the same."""


def unpacked(home: Path) -> Path:
    """A Neo4j as somebody unpacked it: bin, conf and lib, out of the jars and Neo4j's own start programs in them."""
    line = LINES[NEWEST]
    for name in ("bin", "conf", "data", "logs", "run", "import", "plugins"):
        (home / name).mkdir(parents=True)
    (home / "lib").symlink_to(jars(POM, neo4j=line.version))
    for name, main in PROGRAMS.items():
        text = BIN.format(home=home, jdk=find_jdk(line.oldest_jdk), main=f"org.neo4j.server.startup.{main}")
        (home / "bin" / name).write_text(text, "utf-8")
        (home / "bin" / name).chmod(0o755)
    own = {name: value for name, value in SETTINGS.items() if name.startswith(("server.memory", "dbms"))}
    lines = [f"{name}={value}\n" for name, value in own.items()]
    lines += [f"server.jvm.additional={option}\n" for option in OPENED]
    (home / "conf" / "neo4j.conf").write_text("".join(lines), "utf-8")
    return home


class Neo4jProcess:
    """A server with a home folder of its own; its ports and password stay when it is started again."""

    user = "neo4j"
    database = "neo4j"

    def __init__(self, home: Path, line: str = NEWEST, settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.line = LINES[line]
        self.bolt_port = free_port()
        self.http_port = free_port()
        self.password = secrets.token_urlsafe(18)
        self.scheme = "bolt"
        self.settings = SETTINGS | dict(settings or {})
        self._process: ServerProcess | None = None
        self.first = True

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.bolt_port}"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def process(self) -> ServerProcess:
        assert self._process is not None
        return self._process

    def start(self, *, wait: bool = True, outlives: bool = False, before: Callable[[], None] | None = None) -> None:
        """Start it and wait until it answers; the first time its password is set.

        Raises:
            ServerUnavailable: no JDK, no jars, or it does not come up.
        """
        command = self.command()
        self.write_settings()
        self._process = ServerProcess(command, self.home / "console.log", outlives=outlives, before=before)
        if wait:
            self._process.wait_until(self._answers, START_LIMIT_S)

    def command(self) -> list[str | Path]:
        jdk = find_jdk(self.line.oldest_jdk)
        lib = jars(POM, neo4j=self.line.version)
        return [
            jdk / "bin" / "java",
            "-cp",
            f"{self.home}/conf/*:{lib}/*:{self.home}/plugins/*",
            "-XX:+UseParallelGC",  # on two cores and a small heap it takes less of them than G1
            f"-Xms{self.settings['server.memory.heap.initial_size']}",
            f"-Xmx{self.settings['server.memory.heap.max_size']}",
            "-Dfile.encoding=UTF-8",
            *OPENED,
            *(["--sun-misc-unsafe-memory-access=allow"] if major(jdk) >= 24 else []),
            "-Dlog4j2.disable.jmx=true",
            self.line.main,
            f"--home-dir={self.home}",
            f"--config-dir={self.home}/conf",
            "--console-mode",
        ]

    def admin(self) -> list[str]:
        """The command ``neo4j-admin`` of this server, without arguments; most of it needs the server stopped."""
        java = list(map(str, self.command()))
        return [*java[: java.index(self.line.main)], "org.neo4j.cli.AdminTool"]

    @property
    def environment(self) -> dict[str, str]:
        """What ``neo4j-admin`` needs in its environment to find this server."""
        jdk = find_jdk(self.line.oldest_jdk)
        return {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf"), "JAVA_HOME": str(jdk)}

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        self.process.kill()

    def pause(self) -> None:
        self.process.pause()

    def resume(self) -> None:
        self.process.resume()

    def write_settings(self) -> None:
        for name in ("conf", "data", "logs", "run", "import", "plugins"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        own = {
            "server.bolt.listen_address": f"127.0.0.1:{self.bolt_port}",
            "server.bolt.advertised_address": f"127.0.0.1:{self.bolt_port}",
            "server.http.listen_address": f"127.0.0.1:{self.http_port}",
            "server.http.advertised_address": f"127.0.0.1:{self.http_port}",
        }
        lines = [f"{name}={value}\n" for name, value in (own | self.settings).items()]
        (self.home / "conf" / "neo4j.conf").write_text("".join(lines), "utf-8")

    def _answers(self) -> bool:
        try:
            if self.first:
                self._ask("system", f"ALTER CURRENT USER SET PASSWORD FROM '{FIRST_PASSWORD}' TO $new", FIRST_PASSWORD)
                self.first = False
            self._ask(self.database, "RETURN $new", self.password)
        except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError, OSError):
            return False
        return True

    def _ask(self, database: str, query: str, password: str) -> None:
        with (
            neo4j.GraphDatabase.driver(
                f"{self.scheme}{'' if self.scheme == 'bolt' else 'sc'}://127.0.0.1:{self.bolt_port}",
                auth=(self.user, password),
                connection_timeout=2.0,
                connection_acquisition_timeout=5.0,
                max_transaction_retry_time=0.0,
            ) as driver,
            driver.session(database=database) as session,
        ):
            session.run(query, new=self.password).consume()


@dataclass(frozen=True)
class RunningNeo4j(Neo4jConfig):
    """What a test gets: the `Neo4jConfig` of a server that answers, and the server itself."""

    process: Neo4jProcess = field(kw_only=True, repr=False)

    @classmethod
    def of(cls, process: Neo4jProcess) -> RunningNeo4j:
        # Tests share two busy cores: a limit of seconds would fail for no fault of the code. Faults set their own.
        return cls(process.url, process.user, process.password, acquire_s=20.0, query_s=60.0, process=process)

    def config(self, **changes: Any) -> Neo4jConfig:
        """The plain configuration, with other limits, password, database, …"""
        plain = Neo4jConfig(**{each.name: getattr(self, each.name) for each in fields(Neo4jConfig)})
        return replace(plain, **changes)

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make tastegraph use this server."""
        own = {"ENGINE": "neo4j", "URL": self.url, "USER": self.user, "PASSWORD": self.password}
        return {f"TASTEGRAPH_STORE__{name}": value for name, value in own.items()}

    def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """What a query returns, by the bare driver: the oracle's eye on the server."""
        with self.driver() as driver, driver.session(database=self.database) as session:
            return [tuple(record) for record in session.run(query, parameters)]

    def driver(self) -> neo4j.Driver:
        severity = neo4j.NotificationMinimumSeverity.OFF
        return neo4j.GraphDatabase.driver(
            self.url, auth=(self.user, self.password), notifications_min_severity=severity
        )

    def empty(self, *, schema: bool = False) -> None:
        """Remove all nodes, in batches; with ``schema`` constraints and indexes too."""
        with self.driver() as driver, driver.session(database=self.database) as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
            if schema:
                for kind, listed in (("CONSTRAINT", "CONSTRAINTS"), ("INDEX", "INDEXES")):
                    names = session.run(f"SHOW {listed} YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value()
                    for name in names:
                        session.run(f"DROP {kind} `{name}` IF EXISTS").consume()


if __name__ == "__main__":
    from tests.servers.by_hand import neo4j_command

    neo4j_command()
