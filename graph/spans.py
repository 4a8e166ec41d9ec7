"""Spans of work for a tracer; where none is set they cost a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Attributes = Mapping[str, str | int | float | bool]


class Tracer(Protocol):
    """Hears of spans of work. A span begins within the one that is under way in the same thread or task."""

    def span(
        self, name: str, attributes: Attributes, causes: Sequence[str], *, serves: bool
    ) -> AbstractContextManager[None]:
        """A span that lasts as long as the block, caused by others, possibly of other processes."""

    def here(self) -> str | None:
        """The span under way, to be handed to another process as a cause; None outside any."""


_NOTHING = nullcontext()
_tracers: list[Tracer] = []


def trace_with(tracer: Tracer | None) -> None:
    """Tell a tracer of all spans of this process from now on; None tells nobody."""
    _tracers[:] = [] if tracer is None else [tracer]


def is_traced() -> bool:
    """Whether anybody hears of spans."""
    return bool(_tracers)


def span(
    name: str, attributes: Attributes | None = None, causes: Sequence[str] = (), *, serves: bool = False
) -> AbstractContextManager[None]:
    """A piece of work, for as long as the block runs.

    Args:
        name: what is done, the same each time.
        attributes: what tells this time from others, by names with dots; never an id of a person.
        causes: spans as `here` names them; a single one is the parent.
        serves: whether it answers another process.
    """
    return _tracers[0].span(name, attributes or {}, causes, serves=serves) if _tracers else _NOTHING


def here() -> str | None:
    """The span under way, as a cause for another process; None where nothing is traced."""
    return _tracers[0].here() if _tracers else None
