"""What can be set from outside: environment variables ``TASTEGRAPH_…``, nested ones with ``__``.

The only module that reads the environment. The layers below take plain frozen configurations.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from api.errors import InvalidSetting
from graph.errors import InvalidValue

PREFIX = "TASTEGRAPH_"
NESTED = "__"
LOOPBACK = "127.0.0.1"


class Section(BaseModel):
    """A group of settings; the text under a field is its line on the reference page."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ServeSettings(Section):
    """The HTTP service."""

    host: str = LOOPBACK
    """Address to listen on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; 0 takes any free one and prints it."""
    workers: int = Field(default=1, ge=1, le=256)
    """Processes that answer, over one mapped snapshot."""
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """How much of what happens goes to stderr; info logs every request."""
    log_format: Literal["text", "json"] = "text"
    """text: lines for people; json: one object a line, each with the id of its request."""


class AuthSettings(Section):
    """Who may ask the service."""

    enabled: bool = True
    """Whether requests need a key; without keys the service listens on loopback only."""
    admin_key: SecretStr | None = Field(default=None, min_length=16)
    """One key with every scope, of 16 characters or more, that is nowhere kept; without it, and without any other, a
    first one is made and printed once."""
    requests_per_s: NonNegativeFloat = 0.0
    """Requests a second that one key may send, over all workers; 0 for any number."""
    burst: PositiveInt = 50
    """Requests that one key may send to one worker at once, where there is such a limit."""
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may ask from a browser, such as https://shop.example; none by default."""


class StoreSettings(Section):
    """Where the graph lives."""

    engine: Literal["embedded", "neo4j"] = "embedded"
    """embedded: a file in the data folder, no server; neo4j: a Neo4j server."""
    url: str | None = Field(default=None, examples=["bolt://127.0.0.1:7687"])
    """Address of the Neo4j server: bolt://, neo4j://, or these with +s (TLS) or +ssc (TLS with any certificate)."""
    user: str = "neo4j"
    """Name to log in with."""
    password: SecretStr | None = None
    """Its password; there is none by default."""
    database: str = "neo4j"
    """Database on that server; it holds the graph of one data folder."""
    ca_file: Path | None = None
    """A certificate authority to trust, for a server with a certificate of its own, with bolt:// or neo4j://."""
    connect_s: PositiveFloat = 2.0
    """Longest wait for a connection to open, in seconds."""
    acquire_s: PositiveFloat = 2.0
    """Longest wait for a connection to be ready, login included, in seconds."""
    query_s: PositiveFloat = 5.0
    """Longest time one query may take, in seconds; loading and exporting have longer limits of their own."""
    watch_s: PositiveFloat = 5.0
    """How often a service looks whether its answers are still of the newest state, in seconds."""

    @model_validator(mode="after")
    def neo4j_needs_an_address(self) -> Self:
        """Refuse at start what would otherwise fail at the first query."""
        if self.engine == "neo4j":
            if not self.url:
                raise ValueError("engine = neo4j needs TASTEGRAPH_STORE__URL, such as bolt://127.0.0.1:7687")
            if self.password is None:
                raise ValueError("engine = neo4j needs TASTEGRAPH_STORE__PASSWORD; there is no default")
        return self


class LiveSettings(Section):
    """What happens while a service runs: events change the next answer."""

    poll_s: PositiveFloat = 0.02
    """How often a service looks for new events, in seconds."""
    catch_up_s: PositiveFloat = 30.0
    """Longest time a service takes in what happened since its snapshot before it answers; then it answers stale."""
    look_s: PositiveFloat = 1.0
    """How often a service looks for a newer snapshot, in seconds."""
    recount_s: PositiveFloat = 10.0
    """How often what is popular and trending is counted anew, in seconds; events count at once, and fade then."""
    overlay_mib: int = Field(default=256, ge=1, le=1 << 16)
    """Most memory for what happened since the snapshot, in MiB; taken as it is used."""
    new_nodes: int = Field(default=1 << 20, ge=1, le=1 << 28)
    """Most people, products and the like of each kind that may come between two snapshots."""


class ReplicaSettings(Section):
    """The analysts' read-only server, which `tastegraph neo4j replica` refreshes."""

    password: SecretStr | None = None
    """Password of its user neo4j; there is none by default."""
    host: str = "127.0.0.1"
    """Address that it listens on."""
    bolt_port: int = Field(default=7688, ge=1, le=65535)
    """Port for drivers."""
    http_port: int = Field(default=7475, ge=1, le=65535)
    """Port for Neo4j Browser."""


class CypherSettings(Section):
    """What one question of an analyst may take."""

    rows: PositiveInt = 1000
    """Most rows of one answer."""
    bytes: PositiveInt = 10_000_000
    """Most bytes of one answer."""
    query_s: PositiveFloat = 10.0
    """Longest time that the server works on one question, in seconds."""


class SparqlSettings(Section):
    """What one question in SPARQL may take."""

    rows: PositiveInt = 10_000
    """Most rows or statements of one answer."""
    bytes: PositiveInt = 10_000_000
    """About how many bytes an answer may have."""
    query_s: PositiveFloat = 10.0
    """Longest time of one question, in seconds; others wait as long for their turn."""
    memory_mib: int = Field(default=2048, ge=256)
    """Most memory of a process that answers, in MiB."""
    workers: PositiveInt = 1
    """Questions that are answered at the same time, each by a process of its own."""


class EventSettings(Section):
    """Events that come while the folder is served."""

    per_request: PositiveInt = 10_000
    """Most events of one request."""
    bytes: PositiveInt = 16_000_000
    """Most bytes of one request's body."""
    waiting: PositiveInt = 100_000
    """Most events that may wait for the disk; more are refused with 503 until it has caught up."""
    wait_s: PositiveFloat = 10.0
    """Longest wait for the disk, or for a load that has the folder, before a 503, in seconds."""
    known_only: tuple[str, ...] = ()
    """Event types that may not name a person, product, post or community that is not there yet; all others make it."""
    rebuild_events: NonNegativeInt = 200_000
    """A new snapshot is built when so many events are not in the newest one; 0 never builds one for that."""
    rebuild_minutes: NonNegativeFloat = 60.0
    """A new snapshot is built when the newest one is so old and lacks events; 0 never builds one for that."""

    keep_days: int = Field(default=0, ge=0)
    """Days for which impressions, outcomes and searches are kept, 31 or more, once a backup holds them; 0: for good."""

    @field_validator("keep_days")
    @classmethod
    def ids_are_known_as_long(cls, value: int) -> int:
        """Refuse to let go of events whose retries would have to be known again."""
        if 0 < value < 31:
            raise ValueError("an event's id is known again for 31 days; take 31 or more, or 0")
        return value

    @field_validator("known_only")
    @classmethod
    def types_are_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what is no event type."""
        from graph.schema import EVENTS

        for name in value:
            if name not in EVENTS:
                raise ValueError(f"{name!r} is no event type; known: {', '.join(EVENTS)}")
        return value


class TraceSettings(Section):
    """Traces by OpenTelemetry: what each request was spent on."""

    endpoint: str | None = Field(default=None, examples=["http://127.0.0.1:4318/v1/traces"])
    """Where spans go, by OTLP over HTTP; none are made without it. Needs the extra trace."""
    headers: dict[str, SecretStr] = {}
    """Sent along with them, such as an authorization that the collector wants."""
    share: float = Field(default=1.0, ge=0, le=1)
    """Part of the requests that is traced, of those that do not come as part of a trace."""


class KafkaSettings(Section):
    """A topic whose messages `tastegraph consume kafka` takes into the log."""

    servers: str = "127.0.0.1:9092"
    """Addresses of brokers, with commas between them."""
    topic: str = "tastegraph.events"
    """Where the events are: one in JSON a message."""
    group: str = "tastegraph"
    """Consumers of one group share the topic's partitions."""
    dead_letters: str = "tastegraph.events.dead"
    """The topic for messages that could not be taken; empty keeps them in the data folder only."""
    options: dict[str, SecretStr] = {}
    """Settings of librdkafka's own, such as security.protocol and sasl.password."""


class DiversitySettings(Section):
    """How many products of one kind a page may hold."""

    block: PositiveInt = 20
    """Places that count together."""
    per_category: PositiveInt = 12
    """Products of one category within a block."""
    per_brand: PositiveInt = 5
    """Products of one brand within a block."""


class AversionSettings(Section):
    """What happens to products like those that a person turned down."""

    strength: float = Field(default=0.5, ge=0, le=1)
    """Part of its score that a product loses when it is wholly like one that was turned down; 0 turns this off."""
    chosen: PositiveInt = 20
    """Newest products of the person's that hold against it."""


class RecommendSettings(Section):
    """How answers are made."""

    actions: tuple[str, ...] = ("bought*3", "liked", "rated>=4*2")
    """Actions that count as interest, each with a smallest number of stars (rated>=4) and a weight (bought*3)."""
    seen: tuple[str, ...] = ("liked", "disliked", "carted", "shared", "bought", "returned", "rated", "reviewed")
    """Actions after which a product is not offered again to who did them."""
    weights: dict[str, NonNegativeFloat] = {}
    """What a candidate source's word is worth, for those that shall differ from docs/reference/sources.md."""
    path_weights: dict[str, NonNegativeFloat] = {}
    """What kinds of paths are worth to the source path_count; `tastegraph weigh-paths` learns it."""
    offered: PositiveInt = 300
    """Candidates taken from one source."""
    ranked: int = Field(default=200, ge=1, le=1000)
    """Items of one question over all its pages."""
    trending_half_life_days: PositiveFloat = 14.0
    """How fast an action stops being news."""
    seed: int = 0
    """Changes every random walk."""
    aversion: AversionSettings = AversionSettings()
    diversity: DiversitySettings = DiversitySettings()

    @field_validator("seen")
    @classmethod
    def seen_are_actions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what is no action."""
        from graph.snapshot.actions import EVENT_NAMES

        for name in value:
            if name not in EVENT_NAMES:
                raise ValueError(f"{name!r} names no action; known: {', '.join(EVENT_NAMES)}")
        return value

    @field_validator("weights")
    @classmethod
    def weights_are_of_sources(cls, value: dict[str, float]) -> dict[str, float]:
        """Refuse a weight of no source."""
        if value:
            from recommend.sources import SOURCES

            known = [source.name for source in SOURCES]
            for name in value:
                if name not in known:
                    raise ValueError(f"{name!r} names no candidate source; known: {', '.join(known)}")
        return value

    @field_validator("path_weights")
    @classmethod
    def path_weights_are_of_paths(cls, value: dict[str, float]) -> dict[str, float]:
        """Refuse a weight of no kind of path."""
        if value:
            from recommend.sources.knowledge import PATHS

            for name in value:
                if name not in PATHS:
                    raise ValueError(f"{name!r} names no kind of path; known: {', '.join(PATHS)}")
        return value

    @field_validator("actions")
    @classmethod
    def actions_can_be_read(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse at start what would otherwise fail at the first request."""
        from graph.snapshot.actions import ActionRule  # brings numpy, which must find `one_thread_per_library` done

        if not value:
            raise ValueError("name at least one action that counts")
        for rule in value:
            try:
                ActionRule.parse(rule)
            except InvalidValue as error:
                raise ValueError(str(error)) from error
        return value


class Settings(BaseSettings):
    """Everything that can be set. The defaults start a working service with no server at all."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        nested_model_default_partial_update=True,
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )

    data: Path = Path("data")
    """The data folder: store, log, snapshots and models of one tenant."""
    datasets: Path | None = None
    """Where data sets of the catalogue are looked for first."""
    tenants: dict[str, Path] = {}
    """Data folders of more tenants by name, which the same service answers from; a key of one says which."""
    store: StoreSettings = StoreSettings()
    live: LiveSettings = LiveSettings()
    cypher: CypherSettings = CypherSettings()
    replica: ReplicaSettings = ReplicaSettings()
    sparql: SparqlSettings = SparqlSettings()
    serve: ServeSettings = ServeSettings()
    auth: AuthSettings = AuthSettings()
    events: EventSettings = EventSettings()
    kafka: KafkaSettings = KafkaSettings()
    recommend: RecommendSettings = RecommendSettings()
    trace: TraceSettings = TraceSettings()

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Settings from the environment; what is given here and is not None stands above it.

        Raises:
            InvalidSetting: a value cannot be what its setting needs.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            name = PREFIX + NESTED.join(str(part) for part in first["loc"] if not isinstance(part, int)).upper()
            raise InvalidSetting(name, first["msg"].removeprefix("Value error, ")) from error
        except SettingsError as error:
            field = str(error).split('"')[1]  # the message is all that tells which
            raise InvalidSetting(f"{PREFIX}{field.upper()}{NESTED}…", "lists are written as JSON") from error


SHARED_COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client lets several processes count together."""


def share_counts(folder: Path) -> None:
    """Let the processes that are started from here on count together, in files of a folder that goes with them."""
    os.environ[SHARED_COUNTS] = str(folder)


def counts_are_shared() -> bool:
    """Whether this process counts together with others."""
    return SHARED_COUNTS in os.environ


@contextmanager
def told_to_workers(data: Path, workers: int, *, keys: bool) -> Iterator[None]:
    """Processes that are started meanwhile find this in their settings.

    Args:
        data: the data folder.
        workers: how many of them there are.
        keys: whether requests need one.
    """
    told = {"DATA": str(data), "SERVE__WORKERS": str(workers), "AUTH__ENABLED": str(keys).lower()}
    names = {f"{PREFIX}{name}": value for name, value in told.items()}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def one_thread_per_library() -> None:
    """Keep OpenMP and BLAS to one thread; call it before numpy or faiss is imported.

    A serving process answers one request at a time, and libraries that spread a two-millisecond
    question over all cores take them from its neighbours. faiss's own setter does not reach other threads.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
