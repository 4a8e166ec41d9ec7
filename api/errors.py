"""The errors of the service itself, and the one table from every error to an HTTP status and an exit code.

::

    TastegraphError
    └── ApiError
        ├── InvalidSetting       a setting holds what it cannot hold
        ├── UnknownSource        what is to be loaded is neither a file nor a form that we know
        ├── UnknownQuery         the catalogue has no query of that name
        ├── NeedsNeo4j           what is asked for needs a Neo4j server, and the settings name none
        ├── NoBackup             nothing may be let go that no backup holds
        ├── NothingLoaded        the data folder holds no data yet
        ├── InvalidRequest       a request's parameters break their declared form
        ├── InvalidBody          a request's body is no JSON
        ├── TooLarge             a request's body is larger than one may be
        ├── UnknownEvent         the log has no event of that id
        ├── Unauthenticated      a request has no key, or one that is none
        ├── Forbidden            a key may not do that
        ├── TooManyRequests      a key was used more often than it may be
        ├── UnknownKey           no key has that id
        ├── UnknownRoute         no route has that path
        ├── MethodNotAllowed     the path is there, but not for that method
        ├── InternalError        a mistake of ours; the log has the traceback
        ├── SystemRefused        the operating system refused a file or a connection
        ├── PortTaken            another program listens there
        ├── NotServing           the service that a command started did not get ready
        ├── OtherData            the folder already holds data of the user's own
        └── CheckFailed          the demo's own questions were not all answered
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from embeddings import errors as embeddings
from graph import errors as graph
from graph.errors import TastegraphError
from recommend import errors as recommend


class ApiError(TastegraphError):
    """The service or its command line cannot do what was asked."""

    code: ClassVar[str] = "api_error"


class InvalidSetting(ApiError):
    """A setting holds what it cannot hold."""

    code = "invalid_setting"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}; docs/reference/settings.md lists what it may hold"


class UnknownSource(ApiError):
    """What is to be loaded is neither a file nor a form that we know."""

    code = "unknown_source"

    def __init__(self, source: str, forms: Sequence[str]) -> None:
        super().__init__(source, tuple(forms))
        self.source = source
        self.forms = tuple(forms)

    def __str__(self) -> str:
        forms = ", ".join(f"{form}:…" for form in self.forms)
        return f"{self.source}: no such file, and no known form; name a mapping file or one of {forms}"


class UnknownQuery(ApiError):
    """The catalogue has no query of that name."""

    code = "unknown_query"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"no query is called {self.name!r}; `tastegraph cypher list` and GET /v1/queries have them all"


class NeedsNeo4j(ApiError):
    """What is asked for needs a Neo4j server, and the settings name none."""

    code = "needs_neo4j"

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} needs a Neo4j server; set TASTEGRAPH_STORE__URL and TASTEGRAPH_STORE__PASSWORD"


class NoBackup(ApiError):
    """Nothing may be let go that no backup holds."""

    code = "no_backup"

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} has not been backed up yet; run `tastegraph backup FILE` first"


class NothingLoaded(ApiError):
    """The data folder holds no data yet."""

    code = "nothing_loaded"

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"nothing has been loaded into {self.folder}; run `tastegraph load` first, or name another --data"


class InvalidRequest(ApiError):
    """A request's parameters break their declared form."""

    code = "invalid_request"

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "; ".join(f"{where}: {reason}" for where, reason in self.problems)


class InvalidBody(ApiError):
    """A request's body is no JSON."""

    code = "invalid_body"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the body is no JSON: {self.reason}"


class TooLarge(ApiError):
    """A request's body is larger than one may be."""

    code = "too_large"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}; send it in parts"


class UnknownEvent(ApiError):
    """The log has no event of that id."""

    code = "unknown_event"

    def __init__(self, event_id: str) -> None:
        super().__init__(event_id)
        self.event_id = event_id

    def __str__(self) -> str:
        return f"no event has the id {self.event_id!r}, or its person was erased"


class Unauthenticated(ApiError):
    """A request has no key, or one that is none."""

    code = "unauthenticated"

    def __str__(self) -> str:
        return "send a key: `Authorization: Bearer KEY` or `X-API-Key: KEY`; `tastegraph keys create` makes one"


class Forbidden(ApiError):
    """A key may not do that."""

    code = "forbidden"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class TooManyRequests(ApiError):
    """A key was used more often than it may be."""

    code = "too_many_requests"

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s

    def __str__(self) -> str:
        return f"ask again in {self.wait_s} s"


class UnknownKey(ApiError):
    """No key has that id."""

    code = "unknown_key"

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id

    def __str__(self) -> str:
        return f"no key has the id {self.key_id!r}; `tastegraph keys list` has them all"


class UnknownRoute(ApiError):
    """No route has that path."""

    code = "unknown_route"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"nothing is at {self.path}; /docs lists what there is, and a / inside an id is written %2F"


class MethodNotAllowed(ApiError):
    """The path is there, but not for that method."""

    code = "method_not_allowed"

    def __init__(self, method: str, path: str) -> None:
        super().__init__(method, path)
        self.method = method
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} does not take {self.method}"


class InternalError(ApiError):
    """A mistake of ours; the log has the traceback."""

    code = "internal_error"

    def __str__(self) -> str:
        return "this is our mistake, not yours; the log of the service has the details"


class SystemRefused(ApiError):
    """The operating system refused a file or a connection."""

    code = "system_refused"

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}; check that it exists, that you may use it, and that there is space"


class PortTaken(ApiError):
    """Another program listens on that port, or it may not be opened."""

    code = "port_taken"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(host, port, reason)
        self.host = host
        self.port = port
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot listen on {self.host}:{self.port}: {self.reason}; stop what is there or choose another --port"


class NotServing(ApiError):
    """The service that a command started did not get ready."""

    code = "not_serving"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.address} does not answer: {self.reason}; the lines above say why"


class OtherData(ApiError):
    """The folder already holds data of the user's own."""

    code = "other_data"

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} holds data that the demo did not load; choose another folder with --data"


class CheckFailed(ApiError):
    """The demo's own questions were not all answered."""

    code = "check_failed"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(tuple(problems))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return f"{len(self.problems)} answers are missing or unexplained: {'; '.join(self.problems)}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the outside sees of an error.

    Attributes:
        status: of the HTTP answer.
        exit_code: of the command.
    """

    status: int
    exit_code: int


FAILED: Final = 1
USAGE: Final = 2
NOT_THERE: Final = 3
BUSY: Final = 4
DAMAGED: Final = 5
INTERRUPTED: Final = 130
TERMINATED: Final = 143

EXIT_CODES: Final[Mapping[int, str]] = {
    0: "done",
    FAILED: "the input or the request cannot be used as it is",
    USAGE: "the command was called wrongly, or a setting cannot be read",
    NOT_THERE: "something that was named, or is needed, is not there; or an own query is refused",
    BUSY: "something is in use, out of reach or full; try again",
    DAMAGED: "something stored is damaged, or from a newer program",
    INTERRUPTED: "stopped with ctrl-C",
    TERMINATED: "stopped with SIGTERM",
}

OUTCOMES: Final[Mapping[type[TastegraphError], Outcome]] = {
    TastegraphError: Outcome(500, FAILED),
    graph.BadInput: Outcome(422, FAILED),
    graph.UnreadableFile: Outcome(422, FAILED),
    graph.ExtraMissing: Outcome(503, NOT_THERE),
    graph.InvalidMapping: Outcome(422, FAILED),
    graph.InvalidEvent: Outcome(422, FAILED),
    graph.InvalidValue: Outcome(422, FAILED),
    graph.CypherRefused: Outcome(422, NOT_THERE),
    graph.SparqlRefused: Outcome(400, NOT_THERE),
    graph.SparqlError: Outcome(500, FAILED),
    graph.SparqlNotBuilt: Outcome(409, NOT_THERE),
    graph.SparqlStopped: Outcome(503, BUSY),
    graph.UnknownNode: Outcome(404, NOT_THERE),
    graph.DatasetError: Outcome(500, FAILED),
    graph.UnknownDataset: Outcome(404, NOT_THERE),
    graph.DatasetUnavailable: Outcome(503, NOT_THERE),
    graph.ChecksumMismatch: Outcome(500, DAMAGED),
    graph.StoreError: Outcome(500, FAILED),
    graph.StoreUnavailable: Outcome(503, BUSY),
    graph.StoreRefused: Outcome(503, BUSY),
    graph.StoreBusy: Outcome(503, BUSY),
    graph.StoreLocked: Outcome(503, BUSY),
    graph.StorageFull: Outcome(507, BUSY),
    graph.ForeignVersion: Outcome(500, DAMAGED),
    graph.ForeignLog: Outcome(409, BUSY),
    graph.StoreAhead: Outcome(500, DAMAGED),
    graph.StoreBehind: Outcome(503, BUSY),
    graph.ArchiveDamaged: Outcome(500, DAMAGED),
    graph.BackupError: Outcome(500, FAILED),
    graph.BackupDamaged: Outcome(500, DAMAGED),
    graph.KeysApart: Outcome(422, FAILED),
    graph.FolderInUse: Outcome(500, FAILED),
    graph.SnapshotError: Outcome(500, FAILED),
    graph.SnapshotMissing: Outcome(503, NOT_THERE),
    graph.SnapshotDamaged: Outcome(500, DAMAGED),
    graph.OverlayFull: Outcome(503, BUSY),
    graph.EmptySeeds: Outcome(422, FAILED),
    graph.NotConverged: Outcome(500, FAILED),
    embeddings.ModelError: Outcome(500, FAILED),
    embeddings.UnknownModel: Outcome(404, NOT_THERE),
    embeddings.UnknownSetting: Outcome(422, FAILED),
    embeddings.NothingToLearn: Outcome(422, FAILED),
    embeddings.TrainingMissing: Outcome(503, NOT_THERE),
    embeddings.ModelMissing: Outcome(503, NOT_THERE),
    embeddings.NotFitted: Outcome(409, NOT_THERE),
    embeddings.ModelDamaged: Outcome(500, DAMAGED),
    embeddings.ImagesMissing: Outcome(409, NOT_THERE),
    embeddings.PictureRefused: Outcome(422, FAILED),
    embeddings.EncoderRefused: Outcome(422, FAILED),
    recommend.InvalidPageToken: Outcome(422, FAILED),
    recommend.InvalidLimit: Outcome(422, FAILED),
    recommend.InvalidQuestion: Outcome(422, FAILED),
    recommend.InvalidFilter: Outcome(422, FAILED),
    recommend.InvalidPlacement: Outcome(422, FAILED),
    recommend.UnknownPlacement: Outcome(404, NOT_THERE),
    recommend.UnknownPlacementVersion: Outcome(404, NOT_THERE),
    recommend.UnknownExperiment: Outcome(404, NOT_THERE),
    recommend.PlacementsChanged: Outcome(412, FAILED),
    ApiError: Outcome(500, FAILED),
    UnknownQuery: Outcome(404, NOT_THERE),
    NeedsNeo4j: Outcome(409, NOT_THERE),
    InvalidSetting: Outcome(500, USAGE),
    UnknownSource: Outcome(422, NOT_THERE),
    NoBackup: Outcome(409, NOT_THERE),
    NothingLoaded: Outcome(503, NOT_THERE),
    InvalidRequest: Outcome(422, FAILED),
    InvalidBody: Outcome(422, FAILED),
    TooLarge: Outcome(413, FAILED),
    UnknownEvent: Outcome(404, NOT_THERE),
    Unauthenticated: Outcome(401, FAILED),
    Forbidden: Outcome(403, FAILED),
    TooManyRequests: Outcome(429, BUSY),
    UnknownKey: Outcome(404, NOT_THERE),
    UnknownRoute: Outcome(404, NOT_THERE),
    MethodNotAllowed: Outcome(405, FAILED),
    InternalError: Outcome(500, FAILED),
    SystemRefused: Outcome(500, FAILED),
    PortTaken: Outcome(503, BUSY),
    NotServing: Outcome(503, BUSY),
    OtherData: Outcome(500, FAILED),
    CheckFailed: Outcome(500, FAILED),
}


def outcome_of(error: TastegraphError) -> Outcome:
    """Status and exit code of an error."""
    return OUTCOMES[type(error)]


def meaning(kind: type[TastegraphError]) -> str:
    """The first line of the class's docstring, without its full stop."""
    return (kind.__doc__ or kind.code).strip().splitlines()[0].rstrip(".")
