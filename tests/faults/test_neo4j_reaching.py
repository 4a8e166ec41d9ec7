"""A server that is absent, hangs, does not let us in, or is the wrong one: one clear error, in bounded time."""

from __future__ import annotations

import datetime as dt
import ipaddress
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from graph.errors import StoreRefused, StoreUnavailable
from graph.store.neo4j.connection import Neo4jConfig, Neo4jServer
from tests.servers.neo4j import Neo4jProcess, RunningNeo4j
from tests.servers.process import free_port

pytestmark = pytest.mark.neo4j

PATIENCE_S = 10.0
"""More than all limits of the default configuration together (2 + 2 + 5 s, and one of slack)."""


@contextmanager
def connected(config: Neo4jConfig) -> Iterator[Neo4jServer]:
    server = Neo4jServer(config)
    yield server
    server.close()


@contextmanager
def within(limit_s: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < limit_s


def one(server: Neo4jServer) -> list[tuple[int]]:
    return server.rows("RETURN 1")


def default_limits(server: RunningNeo4j) -> Neo4jConfig:
    return Neo4jConfig(server.url, server.user, server.password)


def test_a_port_that_nobody_listens_on_is_unavailable_at_once():
    config = Neo4jConfig(f"bolt://127.0.0.1:{free_port()}", "neo4j", "not asked for")
    with connected(config) as server, within(PATIENCE_S), pytest.raises(StoreUnavailable, match="cannot be reached"):
        one(server)


def test_a_hung_server_is_unavailable_within_the_limits_and_used_again_afterwards(start_neo4j):
    running = start_neo4j()
    with connected(default_limits(running)) as pooled, connected(default_limits(running)) as new:
        assert one(pooled) == [(1,)]
        running.process.pause()
        for server in (pooled, new):
            with within(PATIENCE_S), pytest.raises(StoreUnavailable):
                one(server)
        running.process.resume()
        time.sleep(1)
        assert one(new) == [(1,)]
        assert one(pooled) == [(1,)]


def test_a_killed_server_is_unavailable_and_used_again_once_it_is_back(start_neo4j):
    running = start_neo4j()
    with connected(default_limits(running)) as server:
        assert one(server) == [(1,)]
        running.process.kill()
        with within(PATIENCE_S), pytest.raises(StoreUnavailable):
            one(server)
        running.process.start()
        assert one(server) == [(1,)]


def test_a_wrong_password_is_refused(neo4j_server):
    config = neo4j_server.config(password="wrong-password")
    with connected(config) as server, pytest.raises(StoreRefused, match=r"store\.password"):
        one(server)


def test_a_database_that_is_not_there_is_refused(neo4j_server):
    config = neo4j_server.config(database="elsewhere")
    with connected(config) as server, pytest.raises(StoreRefused, match=r"store\.database"):
        one(server)


def test_a_server_without_tls_is_refused_where_tls_was_asked_for(neo4j_server):
    config = neo4j_server.config(url=neo4j_server.url.replace("bolt://", "bolt+s://"), acquire_s=5.0)
    with connected(config) as server, within(PATIENCE_S), pytest.raises(StoreRefused, match="TLS"):
        one(server)


def test_a_port_that_speaks_something_else_is_not_taken_for_a_server(neo4j_server):
    config = neo4j_server.config(url=f"bolt://127.0.0.1:{neo4j_server.process.http_port}", acquire_s=5.0)
    with connected(config) as server, within(PATIENCE_S), pytest.raises(StoreUnavailable):
        one(server)


def self_signed(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that only who has this file trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "private.key").write_bytes(private)
    (folder / "public.crt").write_bytes(certificate.public_bytes(pem))
    return folder / "public.crt"


@pytest.fixture
def with_tls(tmp_path: Path) -> Iterator[tuple[Neo4jProcess, Path]]:
    certificate = self_signed(tmp_path / "certificates")
    process = Neo4jProcess(
        tmp_path / "home",
        settings={
            "server.bolt.tls_level": "REQUIRED",
            "dbms.ssl.policy.bolt.enabled": "true",
            "dbms.ssl.policy.bolt.base_directory": str(certificate.parent),
            "dbms.ssl.policy.bolt.private_key": "private.key",
            "dbms.ssl.policy.bolt.public_certificate": "public.crt",
            "dbms.ssl.policy.bolt.client_auth": "NONE",
        },
    )
    process.scheme = "bolt+s"
    process.start()
    yield process, certificate
    process.process.kill()


@pytest.mark.slow
def test_a_certificate_that_nobody_vouches_for_is_refused_unless_it_is_trusted_by_name(with_tls):
    process, certificate = with_tls
    config = Neo4jConfig(process.url, process.user, process.password, acquire_s=10.0)
    with connected(config) as server, pytest.raises(StoreRefused, match=r"store\.ca_file"):
        one(server)
    plain = process.url.replace("bolt+s://", "bolt://")
    with connected(RunningNeo4j.of(process).config(url=plain, ca_file=certificate)) as server:
        assert one(server) == [(1,)]
    with connected(RunningNeo4j.of(process).config(url=process.url.replace("+s://", "+ssc://"))) as server:
        assert one(server) == [(1,)]


@pytest.mark.slow
def test_an_older_server_is_refused_with_its_version_and_the_oldest_that_will_do(
    start_neo4j: Callable[..., RunningNeo4j],
):
    running = start_neo4j("older")
    with connected(running) as server, pytest.raises(StoreUnavailable, match=r"5\.20\.0; 5\.26 is the oldest"):
        server.version()


@pytest.mark.slow
def test_a_database_that_may_only_be_read_is_refused_when_something_is_written(start_neo4j):
    running = start_neo4j()
    running.process.stop()  # the database must be there before it may only be read
    running.process.settings["server.databases.read_only"] = "neo4j"
    running.process.start()
    with connected(running) as server:
        assert one(server) == [(1,)]
        with pytest.raises(StoreRefused, match="may only be read"):
            server.rows("CREATE (:Thing)", write=True)
