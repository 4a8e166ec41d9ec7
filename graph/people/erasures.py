"""The list of people who were erased: what reminds running services, old snapshots and restored backups of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from graph.errors import StoreUnavailable
from graph.log.events import format_time, milliseconds
from graph.snapshot.files import replace_text, translated_os_errors
from graph.store.rows import erased_key

PURGE_AFTER = timedelta(days=30)
"""Time within which snapshots and models that still hold an erased person have to go."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person who was erased.

    Attributes:
        key: hash of the id, in hexadecimal (`graph.store.rows.erased_key`); all that stays of it in the end.
        at: milliseconds since 1970.
        purge_by: likewise: until then the last snapshot and model that hold the person are gone.
        user_id: the id, as long as a snapshot or model holds the person; None from then on.
    """

    key: str
    at: int
    purge_by: int
    user_id: str | None

    @classmethod
    def of(cls, user_id: str, now: datetime) -> Erasure:
        """An erasure that begins now."""
        due = milliseconds(now + PURGE_AFTER)
        return cls(key_of(user_id), milliseconds(now), due, user_id)

    def done(self) -> Erasure:
        """The same once nothing holds the person any more: the id goes."""
        return replace(self, user_id=None)

    def line(self) -> str:
        """As a line of the list."""
        shown = {**asdict(self), "at": format_time(self.at), "purge_by": format_time(self.purge_by)}
        return json.dumps(shown, ensure_ascii=False)


def key_of(user_id: str) -> str:
    """What is kept of an erased id."""
    return erased_key(user_id).hex()


@dataclass(frozen=True, slots=True)
class Erasures:
    """The list, a file with one JSON object a line, replaced whole at each change.

    Attributes:
        path: the file; no file is an empty list.
    """

    path: Path

    def all(self) -> tuple[Erasure, ...]:
        """Everybody, oldest first.

        Raises:
            StoreUnavailable: the file cannot be read or is no such list.
        """
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreUnavailable(str(self.path), str(error)) from error
        return tuple(self._read(line) for line in lines if line)

    def _read(self, line: str) -> Erasure:
        try:
            found = json.loads(line)
            return Erasure(found["key"], _milliseconds(found["at"]), _milliseconds(found["purge_by"]), found["user_id"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise StoreUnavailable(str(self.path), f"a line is no erasure ({error})") from error

    def find(self, user_id: str) -> Erasure | None:
        """The erasure of that person, if there was one."""
        key = key_of(user_id)
        return next((each for each in self.all() if each.key == key), None)

    def waiting(self) -> tuple[Erasure, ...]:
        """Those of whom a snapshot or model may still hold something."""
        return tuple(each for each in self.all() if each.user_id is not None)

    def add(self, erasure: Erasure) -> None:
        """Put somebody on the list; durable on return.

        Raises:
            StorageFull: no space was left.
        """
        self.write([*self.all(), erasure])

    def write(self, erasures: Iterable[Erasure]) -> None:
        """Replace the whole list; durable on return.

        Raises:
            StorageFull: no space was left.
        """
        with translated_os_errors(self.path):
            replace_text(self.path, "".join(f"{each.line()}\n" for each in erasures))


def _milliseconds(text: str) -> int:
    return milliseconds(datetime.fromisoformat(text))


def remember_erased(path: Path, events: Iterable[Mapping[str, Any]], now: datetime) -> bool:
    """Put the people of ``erased`` events on the list, before the log has them; whether there were any.

    Args:
        path: of the list.
        events: on their way into the log.
        now: the present moment.
    """
    erasures = Erasures(path)
    people = [event["user_id"] for event in events if event["type"] == "erased"]
    for person in dict.fromkeys(people):
        if erasures.find(person) is None:
            erasures.add(Erasure.of(person, now))
    return bool(people)
