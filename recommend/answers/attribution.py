"""What impressions and outcomes of an answer refer to: a token that says which placement, and which arm, answered."""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass

_APART = "~"


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a token says.

    Attributes:
        placement: that answered.
        experiment: name of the experiment that the person was in; None for none.
        arm: that answered; None without an experiment.
    """

    placement: str
    experiment: str | None = None
    arm: str | None = None

    def token(self) -> str:
        """A new token: opaque to who carries it, and different for every answer."""
        parts = [_uuid7(), self.placement]
        if self.experiment is not None and self.arm is not None:
            parts += [self.experiment, self.arm]
        return _APART.join(parts)

    @property
    def shown(self) -> str | None:
        """As answers say it: ``experiment:arm``."""
        return None if self.experiment is None else f"{self.experiment}:{self.arm}"


def read_attribution(token: str) -> Attribution | None:
    """What a token says; None for one that is none of ours."""
    parts = token.split(_APART)
    if len(parts) == 2:
        return Attribution(parts[1])
    return Attribution(parts[1], parts[2], parts[3]) if len(parts) == 4 else None


def _uuid7() -> str:
    stamp = time.time_ns() // 1_000_000
    rest = int.from_bytes(os.urandom(10), "big")
    high = stamp << 80 | 0x7 << 76 | (rest >> 64 & 0xFFF) << 64
    return str(uuid.UUID(int=high | 0b10 << 62 | rest & (1 << 62) - 1))
