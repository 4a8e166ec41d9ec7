"""The driver's exceptions as errors of our own: one clear reason each, with what to do about it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    Forbidden,
    Neo4jError,
    ServiceUnavailable,
    TransientError,
)

from graph.errors import StorageFull, StoreBusy, StoreError, StoreRefused, StoreUnavailable

NO_SPACE = ("no space left", "disk full", "file too large", "disk quota")
READ_ONLY = (
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase",
    "Neo.ClientError.Statement.AccessMode",
)
TIMED_OUT = (
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
)
WAITED_FOR_A_LOCK = (
    "Neo.ClientError.Transaction.LockClientStopped",
    "Neo.TransientError.Transaction.LockClientStopped",
    "Neo.TransientError.Transaction.LockAcquisitionTimeout",
)
COULD_NOT_WRITE = "Neo.DatabaseError.Transaction.TransactionLogError"
STOPPED = "critical error, and needs to be restarted"
OUT_OF_MEMORY = (
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
    "Neo.TransientError.General.TransactionOutOfMemoryError",
    "Neo.TransientError.General.OutOfMemoryError",
)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn whatever the driver raises inside into an error of ours; ``where`` is the server's address."""
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise failure(error, where) from error
    except (OSError, ssl.SSLError) as error:
        raise StoreUnavailable(where, f"the connection broke ({error})") from error


def failure(error: Exception, where: str) -> StoreError:
    """The error of ours that one of the driver's stands for."""
    text = " ".join(str(error).split())
    if any(word in text.lower() for word in NO_SPACE):
        return StorageFull(where)
    if isinstance(error, Neo4jError):
        return _answered(error, where)
    if _has_cause(error, ssl.SSLCertVerificationError):
        hint = "trust its authority (store.ca_file), or use bolt+ssc:// where any certificate will do"
        return StoreRefused(where, f"its certificate is not trusted ({text})", hint)
    if _has_cause(error, ssl.SSLError):
        return StoreRefused(
            where, "it does not speak TLS on this port", "use bolt://, or give the server a certificate"
        )
    if isinstance(error, ConfigurationError):
        return StoreUnavailable(where, f"the connection is set up wrongly ({text})")
    if isinstance(error, ServiceUnavailable):
        return StoreUnavailable(where, f"it cannot be reached ({text})")
    return StoreUnavailable(where, f"the connection broke ({text})")


def _answered(error: Neo4jError, where: str) -> StoreError:
    code = error.code or "no code"
    text = " ".join((error.message or str(error)).split())
    if isinstance(error, AuthError):
        return StoreRefused(where, f"it does not accept user or password ({text})", "check store.user, store.password")
    if code.endswith("DatabaseNotFound"):
        return StoreRefused(where, f"it has no such database ({text})", "check store.database")
    if code in READ_ONLY:
        return StoreRefused(where, "its database may only be read", "use another database, or one that may be written")
    if isinstance(error, Forbidden):
        return StoreRefused(where, f"a privilege is missing ({text})", "grant it to store.user")
    if ".Schema." in code:
        return StoreRefused(where, f"what it holds stands against our schema ({text})", "use another database")
    if code in WAITED_FOR_A_LOCK:
        return StoreBusy(where, "somebody else writes or exports and did not end in time")
    if code in TIMED_OUT:
        return StoreUnavailable(where, "a query took longer than its limit; store.query_s raises it")
    if code == COULD_NOT_WRITE:
        return StorageFull(where)
    if STOPPED in text:
        hint = "most often its disk is full: its debug.log says why; make room and restart it"
        return StoreUnavailable(where, f"its database stopped after a failure of its own; {hint}")
    if code in OUT_OF_MEMORY:
        return StoreUnavailable(where, f"it has too little memory for the query ({text})")
    if isinstance(error, TransientError):
        return StoreBusy(where, text)
    return StoreUnavailable(where, f"it answered {code}: {text}")


def _has_cause(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
