"""Spans: what one request was spent on, and that processes of one trace find together."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from api.app import create_app
from api.monitoring.tracing import start_tracing, trace_to
from api.settings import Settings
from api.wiring import open_service
from graph import spans

CALLERS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def heard() -> Iterator[tuple[TracerProvider, InMemorySpanExporter]]:
    exporter = InMemorySpanExporter()
    provider = trace_to(exporter, 1.0, "test")
    yield provider, exporter
    spans.trace_with(None)
    provider.shutdown()


def asked(data: Path, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    service = open_service(Settings.read(data=data))

    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(service), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers=headers)

    try:
        return asyncio.run(one())
    finally:
        service.close()


def test_a_feed_tells_what_it_was_spent_on(data: Path, heard: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    provider, exporter = heard
    answer = asked(data, "/v1/users/u-1-1/feed", {"traceparent": CALLERS})
    assert answer.status_code == 200
    provider.force_flush()
    found = {span.name: span for span in exporter.get_finished_spans() if is_of_callers(span)}
    whole = found["GET /v1/users/{user_id}/feed"]
    assert whole.attributes is not None
    assert whole.attributes["http.response.status_code"] == 200
    assert whole.parent is not None
    assert f"{whole.parent.span_id:016x}" == CALLERS.split("-")[2]
    assert {"source", "rank", "reasons"} <= found.keys()
    assert all(part.parent.span_id == whole.context.span_id for part in found.values() if part is not whole)
    assert "u-1-1" not in " ".join(span.to_json() for span in found.values())


def is_of_callers(span: ReadableSpan) -> bool:
    return f"{span.context.trace_id:032x}" == CALLERS.split("-")[1]


def test_each_source_is_a_span_of_its_own(data: Path, heard: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    provider, exporter = heard
    asked(data, "/v1/users/u-1-1/feed", {"traceparent": CALLERS})
    provider.force_flush()
    names = [
        span.attributes["tastegraph.source"]
        for span in exporter.get_finished_spans()
        if span.name == "source" and is_of_callers(span) and span.attributes
    ]
    assert len(names) == len(set(names)) > 5


def test_causes_of_several_traces_are_links(heard: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    provider, exporter = heard
    causes = []
    for _ in range(2):
        with spans.span("cause"):
            causes.append(spans.here() or "")
    with spans.span("effect", causes=causes):
        pass
    provider.force_flush()
    effect = next(span for span in exporter.get_finished_spans() if span.name == "effect")
    assert [f"{link.context.span_id:016x}" for link in effect.links] == [each.split("-")[2] for each in causes]


def test_a_failure_is_told(heard: tuple[TracerProvider, InMemorySpanExporter]) -> None:
    provider, exporter = heard
    with pytest.raises(ValueError, match="no"), spans.span("work"):
        raise ValueError("no")
    provider.force_flush()
    assert exporter.get_finished_spans()[-1].status.status_code is StatusCode.ERROR


def test_nothing_is_traced_unless_a_collector_is_set() -> None:
    start_tracing(Settings.read().trace, "worker")
    assert not spans.is_traced()
    with spans.span("work"):
        assert spans.here() is None


class Collector(BaseHTTPRequestHandler):
    """Takes spans by OTLP over HTTP."""

    spans: dict[str, str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            process = {each.key: each.value.string_value for each in resource.resource.attributes}["tastegraph.process"]
            for scope in resource.scope_spans:
                for span in scope.spans:
                    type(self).spans[f"{process} {span.name}"] = span.trace_id.hex()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_worker_and_writer_of_a_running_service_are_in_one_trace(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data, folder)
    collector = type("OneCollector", (Collector,), {"spans": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
        command = [sys.executable, "-m", "api.cli", "serve", "--data", str(folder), "--port", "0", "--no-auth"]
        process = subprocess.Popen(
            command, env={**os.environ, "TASTEGRAPH_TRACE__ENDPOINT": endpoint}, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            address = next(found[0] for line in process.stdout if (found := re.search(r"http://[\d.:]+", line)))
            event = {"type": "liked", "user_id": "u-1-1", "product_id": "p-1-1"}
            headers = {"traceparent": CALLERS}
            assert httpx.post(f"{address}/v1/events", json=event, headers=headers).status_code == 202
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
        server.shutdown()
    of_callers = {name for name, trace in collector.spans.items() if trace == CALLERS.split("-")[1]}
    assert {"worker POST /v1/events", "writer append"} <= of_callers
