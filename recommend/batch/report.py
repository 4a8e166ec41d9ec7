"""What a batch run did, and why it chose what it chose."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate on the validation part.

    Attributes:
        model: name of the model, or ``blend``.
        settings: its settings.
        blocks: which extra files it used: ``follows``, ``attributes``.
        ndcg: NDCG@20 on the validation part, or None where it was not tried.
        recall: recall@20, likewise.
        seconds: training and scoring on the validation part.
        note: why it was left out, or what it stands for.
    """

    model: str
    settings: dict[str, Any]
    blocks: tuple[str, ...] = ()
    ndcg: float | None = None
    recall: float | None = None
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a batch run did.

    Attributes:
        chosen: model, settings and, for a blend, the weights of its parts.
        reason: why, in one sentence.
        trials: every candidate with its validation figures, best first; empty for a named model.
        validation: how the validation part was made; empty for a named model.
        users: people who got recommendations.
        items: items that could be recommended.
        rows: rows written.
        seconds: wall time by step.
        read: rows read by file.
        notes: what was put right in the input, what was left out.
        out: the file written.
    """

    chosen: dict[str, Any]
    reason: str
    trials: tuple[Trial, ...]
    validation: dict[str, Any]
    users: int
    items: int
    rows: int
    seconds: dict[str, float]
    read: dict[str, int]
    notes: tuple[str, ...] = field(default=())
    out: str = ""

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return asdict(self)
