"""API keys of a data folder: who may ask what. Only hashes are kept; a key is shown once, when it is made."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from api.errors import UnknownKey
from graph.snapshot.files import replace_text, translated_os_errors

Scope = Literal["read", "write", "analyst", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "write", "analyst", "admin")
"""read: ask for recommendations; write: tell events; analyst: Cypher, SPARQL, monitoring, anybody's events; admin: all
of it, and placements, and a person's export and erasure."""
PREFIX = "tg_"
FIRST = "first"
"""Name of the key that a service makes when there is none."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as a key tells.

    Attributes:
        key_id: of the key.
        scopes: what it may do.
        user_id: the one person whom it may ask and tell about; None for any.
    """

    key_id: str
    scopes: frozenset[str]
    user_id: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether a scope is among what it may do."""
        return scope in self.scopes or "admin" in self.scopes


EVERYTHING = Caller("none", frozenset(SCOPES))
"""Who asks a service without keys."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key.

    Attributes:
        id: names it; the beginning of the hash.
        name: what its owner calls it.
        scopes: what it may do.
        user_id: the one person whom it may ask and tell about; None for any.
        created_at: RFC 3339.
        hash: SHA-256 of the key, which is random and long, so that nothing slower is needed.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    user_id: str | None
    created_at: str
    hash: str

    def told(self) -> dict[str, Any]:
        """What may be shown of it."""
        shown = asdict(self)
        del shown["hash"]
        return shown | {"scopes": list(self.scopes)}


class ApiKeys:
    """The keys in a file; every process sees a change at its next look, which costs a microsecond or two.

    Args:
        path: the file; made with the first key, readable by its owner alone.
        admin_key: one more key with every scope, out of the settings, that is nowhere kept.
    """

    def __init__(self, path: Path, admin_key: str | None = None) -> None:
        self._path = path
        self._seen: tuple[int, ...] | None = None
        self._kept: list[ApiKey] = []
        self._callers: dict[str, Caller] = {}
        self._admin = {} if admin_key is None else {hashed(admin_key): Caller("settings", frozenset(("admin",)))}

    def caller(self, key: str) -> Caller | None:
        """Who asks with this key; None where it is no key of ours, or was revoked."""
        self._look()
        return self._callers.get(hashed(key)) or self._admin.get(hashed(key))

    def all(self) -> list[ApiKey]:
        """Every key that is valid, the oldest first."""
        self._look()
        return list(self._kept)

    def any(self) -> bool:
        """Whether anybody could ask at all."""
        return bool(self._admin or self.all())

    def create(self, name: str, scopes: Sequence[Scope], user_id: str | None = None) -> tuple[str, ApiKey]:
        """Make a key; what is returned first is the only time that it is shown."""
        key = PREFIX + secrets.token_urlsafe(32)
        digest = hashed(key)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        made = ApiKey(digest[:12], name, tuple(scopes), user_id, now, digest)
        with self._changing() as kept:
            kept.append(made)
        return key, made

    def first(self, *, again: bool = False) -> str | None:
        """A key with every scope where nobody could ask without it; None where somebody can.

        Args:
            again: make one in any case; the one of an earlier time ends.
        """
        if self.any() and not again:
            return None
        old = [each.id for each in self.all() if each.name == FIRST]
        key, _made = self.create(FIRST, ("admin",))
        for each in old:
            self.revoke(each)
        return key

    def revoke(self, key_id: str) -> None:
        """Let a key be valid no more.

        Raises:
            UnknownKey: there is none of that id.
        """
        with self._changing() as kept:
            left = [each for each in kept if each.id != key_id]
            if len(left) == len(kept):
                raise UnknownKey(key_id)
            kept[:] = left

    @contextmanager
    def _changing(self) -> Iterator[list[ApiKey]]:
        """The keys, to be changed by one process at a time and kept at the end of the block."""
        with translated_os_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                kept = self.all()
                yield kept
                if not self._path.exists():
                    self._path.touch(0o600)
                replace_text(self._path, json.dumps([asdict(each) for each in kept], indent=1) + "\n")
                self._path.chmod(0o600)
            finally:
                os.close(lock)

    def _look(self) -> None:
        try:
            found = os.stat(self._path)  # noqa: PTH116 half the time of Path.stat
        except FileNotFoundError:
            self._seen, self._kept, self._callers = None, [], {}
            return
        seen = found.st_mtime_ns, found.st_size, found.st_ino
        if seen != self._seen:
            read = json.loads(self._path.read_text(encoding="utf-8") or "[]")
            self._kept = [ApiKey(**{**each, "scopes": tuple(each["scopes"])}) for each in read]
            self._callers = {each.hash: Caller(each.id, frozenset(each.scopes), each.user_id) for each in self._kept}
            self._seen = seen


def hashed(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
