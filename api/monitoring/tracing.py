"""Traces by OpenTelemetry: what each request was spent on, over the processes that took part. Off by default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.monitoring.requests import route_of
from api.settings import TraceSettings
from graph import spans
from graph.errors import ExtraMissing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

PARENT = "traceparent"
"""The header of https://www.w3.org/TR/trace-context."""


def start_tracing(settings: TraceSettings, process: str) -> None:
    """Send the spans of this process to a collector from now on, the last ones at its end; nothing where none is set.

    Args:
        settings: where to.
        process: what this process does, such as ``worker``.

    Raises:
        ExtraMissing: OpenTelemetry is not installed.
    """
    if settings.endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise ExtraMissing("OpenTelemetry", "trace") from error
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    trace_to(OTLPSpanExporter(endpoint=settings.endpoint, headers=headers), settings.share, process)


def trace_to(exporter: SpanExporter, share: float, process: str) -> TracerProvider:
    """Send spans wherever an exporter does, in batches, off the threads that do the work."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    resource = Resource.create({"service.name": "tastegraph", "tastegraph.process": process})
    provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(share)))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    spans.trace_with(_OpenTelemetry(provider))
    return provider


class _OpenTelemetry:
    """`graph.spans.Tracer` over a provider."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = provider.get_tracer("tastegraph")
        self._form = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, attributes: spans.Attributes, causes: Sequence[str], *, serves: bool) -> Iterator[None]:
        from opentelemetry.trace import Link, SpanKind, get_current_span

        contexts = [self._form.extract({PARENT: each}) for each in causes]
        parent = contexts[0] if len(contexts) == 1 else None
        links = [Link(get_current_span(each).get_span_context()) for each in contexts] if len(contexts) > 1 else None
        kind = SpanKind.SERVER if serves else SpanKind.INTERNAL
        with self._tracer.start_as_current_span(name, parent, kind, dict(attributes), links):
            yield

    def here(self) -> str | None:
        carrier: dict[str, str] = {}
        self._form.inject(carrier)
        return carrier.get(PARENT)


class Traced:
    """Makes a span of every request, within the caller's where the header ``traceparent`` names one.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        from opentelemetry.trace import Status, StatusCode, get_current_span

        given = [value.decode("latin-1") for name, value in scope["headers"] if name == PARENT.encode()]
        with spans.span("request", {"http.request.method": scope["method"]}, given[:1], serves=True):
            current = get_current_span()

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    current.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        current.set_status(Status(StatusCode.ERROR))
                await send(message)

            await self.app(scope, receive, watched)
            route = route_of(scope)
            current.set_attribute("http.route", route)
            current.update_name(f"{scope['method']} {route}")
