"""How long steps say how far they are."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Called with the finished part in ``[0, 1]`` and a short note (the file, the step)."""


def silent(_done: float, _note: str) -> None:
    """Progress that nobody looks at."""
