"""docker-compose.yml by the compose specification's schema, and its servers' settings on the real servers.

No Docker engine takes part: how far that goes is said in docs/guides/neo4j.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import Settings
from tests.servers.kafka import VERSION, KafkaProcess
from tests.servers.neo4j import LINES, NEWEST, Neo4jProcess
from tests.servers.process import free_port

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(:[-?])?([^}]*)\}")


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    return found


def filled(environment: dict[str, str]) -> dict[str, str]:
    """The variables of the environment as compose fills them, with a password in .env and nothing else."""

    def value(found: re.Match[str]) -> str:
        return "a-password-of-ours" if found[1] == "NEO4J_PASSWORD" else found[3]

    return {name: VARIABLE.sub(value, text) for name, text in environment.items()}


def test_it_is_what_the_compose_specification_says():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_a_password_it_is_refused_with_a_hint():
    uses = [found for found in VARIABLE.finditer(COMPOSE.read_text("utf-8")) if found[1] == "NEO4J_PASSWORD"]
    assert uses
    assert all(found[2] == ":?" and ".env.example" in found[3] for found in uses)


def test_the_example_names_the_password_and_gives_none():
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    given = [line for line in lines if line and not line.startswith("#")]
    assert given == ["NEO4J_PASSWORD=", "REPLICA_PASSWORD="]


def test_no_variable_lacks_both_a_default_and_a_hint():
    assert all(found[2] for found in VARIABLE.finditer(COMPOSE.read_text("utf-8")))


def test_ports_are_open_to_this_machine_only(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 6
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_must_outlive_a_container_is_in_named_volumes(services):
    named = set(yaml.safe_load(COMPOSE.read_text("utf-8"))["volumes"])
    used = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}
    assert used == named


def test_every_service_that_stays_has_a_health_check(services):
    assert {"neo4j", "kafka"} <= {
        name for name, service in services.items() if service.get("healthcheck", {}).get("test")
    }
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert "HEALTHCHECK" in dockerfile
    assert "/livez" in dockerfile


def test_no_image_runs_as_root():
    stages = (ROOT / "Dockerfile").read_text("utf-8").split("\nFROM ")[2:]
    users = {stage.split()[-1]: re.findall(r"(?m)^USER (\w+)$", stage) for stage in stages}
    assert all(found[-1] == "tastegraph" for found in users.values() if found)
    assert stages[-1].strip() == "service"


def test_the_dockerfile_copies_only_what_the_context_holds():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in allowed)
    assert {"requirements", "pyproject.toml", "README.md", "LICENSE", "api", "graph", "cypher"} <= allowed


def test_no_plugin_is_asked_for(services):
    assert not [name for name in services["neo4j"]["environment"] if "plugin" in name.lower() or "apoc" in name.lower()]


def test_the_images_are_of_the_versions_that_the_tests_run(services):
    assert services["neo4j"]["image"] == f"neo4j:{LINES[NEWEST].version}"
    assert services["kafka"]["image"] == f"apache/kafka:{VERSION}"
    assert f"COPY --from=neo4j:{LINES[NEWEST].version} " in (ROOT / "Dockerfile").read_text("utf-8")


def test_the_replica_is_started_only_when_asked_for_and_understands_its_settings(services, monkeypatch):
    assert services["replica"]["profiles"] == ["replica"]
    for name, value in filled(services["replica"]["environment"]).items():
        monkeypatch.setenv(name, value)
    settings = Settings.read().replica
    ports = [each.split(":")[-1] for each in services["replica"]["ports"]]
    assert (settings.host, ports) == ("0.0.0.0", [str(settings.http_port), str(settings.bolt_port)])


def test_the_api_understands_its_settings(services, monkeypatch):
    for name, value in filled(services["api"]["environment"]).items():
        monkeypatch.setenv(name, value)
    settings = Settings.read()
    assert settings.store.engine == "neo4j"
    assert settings.store.url == "bolt://neo4j:7687"
    assert str(settings.data) == "/data"


def neo4j_settings(environment: dict[str, str]) -> dict[str, str]:
    """What the image makes of its environment: NEO4J_a_b__c is a.b_c."""
    names = {name.removeprefix("NEO4J_"): value for name, value in environment.items() if name != "NEO4J_AUTH"}
    return {name.replace("__", "\0").replace("_", ".").replace("\0", "_"): value for name, value in names.items()}


@pytest.mark.neo4j
def test_a_real_neo4j_takes_the_settings_and_passes_the_health_check(services, tmp_path):
    own = neo4j_settings(filled(services["neo4j"]["environment"]))
    assert own["server.memory.heap.max_size"] == "1g"
    server = Neo4jProcess(tmp_path, settings=own | {"server.config.strict_validation.enabled": "true"})
    check = services["neo4j"]["healthcheck"]["test"]
    check = [part.replace("/7474", f"/{server.http_port}").replace("/7687", f"/{server.bolt_port}") for part in check]
    assert subprocess.run(check[1:], capture_output=True, check=False).returncode != 0
    server.start()
    try:
        assert subprocess.run(check[1:], capture_output=True, check=False, timeout=30).returncode == 0
    finally:
        server.process.kill()


def kafka_settings(environment: dict[str, str]) -> dict[str, str]:
    """What the image makes of its environment: KAFKA_A_B is a.b."""
    names = {name.removeprefix("KAFKA_"): value for name, value in environment.items() if name != "KAFKA_HEAP_OPTS"}
    return {name.lower().replace("_", "."): value for name, value in names.items()}


@pytest.mark.kafka
def test_a_real_kafka_takes_the_settings_and_keeps_a_topic(services, tmp_path):
    own = kafka_settings(services["kafka"]["environment"])
    server = KafkaProcess(tmp_path)
    ports = {"9093": server.controller_port, "19092": server.port, "9092": free_port()}
    for name in ("listeners", "advertised.listeners", "controller.quorum.voters"):
        own[name] = re.sub(r"\b(9093|19092|9092)\b", lambda found: str(ports[found[1]]), own[name])
        own[name] = own[name].replace("kafka:", "127.0.0.1:").replace("0.0.0.0", "127.0.0.1")
    server.only = own | {"log.dirs": str(tmp_path / "logs")}
    server.start()
    try:
        server.make_topic("events")
        assert "events" in server.topics()
    finally:
        server.process.kill()
