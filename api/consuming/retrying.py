"""Dead letters once more, after what kept them from being taken has been put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.consuming.letters import DeadLetters, Letter
from api.consuming.messages import Append, event_of
from api.known import Refuse, nothing
from graph.errors import InvalidEvent


@dataclass(frozen=True, slots=True)
class _Again:
    """A letter as the message that it was."""

    letter: Letter

    def topic(self) -> str:
        return self.letter.topic

    def partition(self) -> int:
        return self.letter.partition

    def offset(self) -> int:
        return self.letter.place

    def key(self) -> bytes | None:
        return self.letter.key

    def value(self) -> bytes | None:
        return self.letter.value

    def timestamp(self) -> tuple[int, int]:
        return 1, self.letter.at


def retry(
    letters: DeadLetters, chosen: Sequence[Letter], append: Append, now: datetime, refuse: Refuse = nothing
) -> dict[str, int]:
    """Check letters again and append those that hold now; those that do not stay, with the new reason.

    Returns:
        ``taken``, ``duplicates`` (of those that were taken) and ``refused``.
    """
    events: list[dict[str, Any]] = []
    told: dict[int, int | None] = {}
    taken, refused = [], []
    for letter in chosen:
        try:
            event = event_of(_Again(letter), now, told, len(events))
        except InvalidEvent as error:
            refused.append((letter.id, str(error)))
            continue
        reason = refuse(event)
        if reason is None:
            events.append(event)
            taken.append(letter.id)
        else:
            refused.append((letter.id, reason))
            told.pop(len(events), None)
    duplicates = append(events, told) if events else 0
    letters.settle(taken, refused)
    return {"taken": len(taken), "duplicates": duplicates, "refused": len(refused)}
