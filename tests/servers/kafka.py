"""A real Kafka broker, one node, KRaft, on loopback ports; see the package.

By hand: ``python -m tests.servers.kafka start | stop | status``.
"""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from tests.servers.java import ServerUnavailable, find_jdk, jars, missing
from tests.servers.process import ServerProcess, free_port

POM = Path(__file__).with_name("kafka.xml")
VERSION = "4.4.0"
OLDEST_JDK = 17
START_LIMIT_S = 300.0
TOOL_LIMIT_S = 120.0


def kafka_missing() -> str | None:
    """What this machine lacks to run a broker; None where nothing."""
    return missing(OLDEST_JDK, POM, kafka=VERSION)


class KafkaProcess:
    """A broker with a folder of its own; its address stays when it is started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.controller_port = free_port()
        self.only: dict[str, str] | None = None
        """Settings to use instead of ours; the ports above must be among them."""
        self._process: ServerProcess | None = None

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def process(self) -> ServerProcess:
        assert self._process is not None
        return self._process

    def start(self, *, wait: bool = True, outlives: bool = False) -> None:
        """Start it and wait until it lists its topics.

        Raises:
            ServerUnavailable: no JDK, no jars, or it does not come up.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        properties = self._write_settings()
        if not (self.home / "logs").exists():
            cluster = self.tool("kafka.tools.StorageTool", "random-uuid").strip()
            alone = [] if self.only and "controller.quorum.voters" in self.only else ["--standalone"]
            self.tool("kafka.tools.StorageTool", "format", *alone, "-t", cluster, "-c", str(properties))
        command = [*self._java("-Xmx512m"), "kafka.Kafka", str(properties)]
        self._process = ServerProcess(command, self.home / "console.log", outlives=outlives)
        if wait:
            self._process.wait_until(self._answers, START_LIMIT_S)

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def admin(self) -> AdminClient:
        """A client that manages its topics."""
        return AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})

    def topics(self) -> list[str]:
        """The names of its topics."""
        return list(self.admin().list_topics(timeout=TOOL_LIMIT_S).topics)

    def make_topic(self, name: str, partitions: int = 1) -> None:
        admin = self.admin()  # kept until the answer is there
        (made,) = admin.create_topics([NewTopic(name, partitions, 1)]).values()
        made.result(TOOL_LIMIT_S)

    def tool(self, main: str, *arguments: str) -> str:
        """What one of Kafka's own tools prints.

        Raises:
            ServerUnavailable: it failed.
        """
        command = [*self._java("-Xmx256m"), main, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TOOL_LIMIT_S)
        if done.returncode:
            raise ServerUnavailable(f"{main} failed: {(done.stdout + done.stderr)[-800:]}")
        return done.stdout

    def _java(self, heap: str) -> list[str]:
        lib = jars(POM, kafka=VERSION)
        return [str(find_jdk(OLDEST_JDK) / "bin" / "java"), heap, "-cp", f"{lib}/*"]

    def _write_settings(self) -> Path:
        own = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self.controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.home / "logs"),
            "offsets.topic.replication.factor": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
        }
        path = self.home / "kafka.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in (self.only or own).items()), "utf-8")
        return path

    def _answers(self) -> bool:
        with socket.socket() as probe:  # the client says on stderr that nobody listens
            if probe.connect_ex(("127.0.0.1", self.port)):
                return False
        try:
            self.topics()
        except KafkaException:
            return False
        return True


if __name__ == "__main__":
    from tests.servers.by_hand import kafka_command

    kafka_command()
