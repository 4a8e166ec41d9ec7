"""What an evaluation found, as a table and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from graph.errors import InvalidValue

SHOWN = ("recall", "ndcg", "hit_rate", "mrr")
"""Metrics of tables and pages."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over users, and how sure it is.

    Attributes:
        mean: over the measured users.
        low: 2.5 % of bootstrap means.
        high: 97.5 % of bootstrap means.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model on one problem.

    Attributes:
        model: its name.
        settings: its settings.
        figures: by metric and k, such as ``ndcg@20``.
        beyond: what lists are like beside being right, such as ``coverage@20``; see `recommend.evaluation.beyond`.
        train_s: seconds of training.
        score_s: seconds of scoring and ranking all measured users.
        note: what else matters: what ``auto`` chose.
        slices: the same figures at the longest list for groups of people, by group.
        slice_sizes: people of each group.
    """

    model: str
    settings: dict[str, Any]
    figures: dict[str, Figure]
    beyond: dict[str, float]
    train_s: float
    score_s: float
    note: str = ""
    slices: dict[str, dict[str, Figure]] = field(default_factory=dict)
    slice_sizes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All models on one problem.

    Attributes:
        name: of the data set.
        manner: how the test part was made.
        users: people measured.
        items: items ranked.
        interactions: pairs learnt from.
        negatives: 0: all items are ranked; else how many drawn ones.
        ks: lengths of lists.
        seed: of everything random.
        results: in the order asked for.
        published: figures of others on this split, by model; never measured here.
        skipped: models that could not be trained, and why.
    """

    name: str
    manner: str
    users: int
    items: int
    interactions: int
    negatives: int
    ks: tuple[int, ...]
    seed: int
    results: tuple[ModelResult, ...]
    published: tuple[tuple[str, dict[str, float]], ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The evaluation as plain JSON values."""
        return asdict(self)

    def table(self, metrics: tuple[str, ...] = SHOWN) -> Table:
        """One row a model at the longest list; intervals beside the means, published figures below a line."""
        k = max(self.ks)
        names = [f"{metric}@{k}" for metric in metrics]
        ranked = f"{self.negatives} drawn items" if self.negatives else f"{self.items} items"
        table = Table(title=f"{self.name}: {self.users} people, {ranked}; {self.manner}".strip())
        table.add_column("model")
        for name in [*names, f"coverage@{k}", "training s"]:
            table.add_column(name, justify="right")
        for result in self.results:
            cells = [_cell(result.figures[name]) for name in names]
            table.add_row(result.model, *cells, f"{result.beyond[f'coverage@{k}']:.3f}", f"{result.train_s:.1f}")
        if self.published:
            table.add_section()
        for model, figures in self.published:
            cells = [f"{figures[name]:.4f}" if name in figures else "" for name in names]
            table.add_row(f"{model} (published)", *cells, "", "")
        return table


def _cell(figure: Figure) -> str:
    return f"{figure.mean:.4f} [{figure.low:.4f}, {figure.high:.4f}]"


def read_evaluation(path: Path) -> Evaluation:
    """Read what `Evaluation.as_json` wrote.

    Raises:
        InvalidValue: the file holds no evaluation of rankings.
    """
    try:
        found = TypeAdapter(Evaluation).validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        raise InvalidValue(str(path), f"it is no evaluation in JSON: {place} {first['msg']}".strip()) from error
    k = max(found.ks, default=0)
    lacking = [each.model for each in found.results for name in SHOWN if f"{name}@{k}" not in each.figures]
    if not found.results or lacking:
        raise InvalidValue(str(path), f"it has no figures at {k} for {lacking[0] if lacking else 'any model'}")
    return found
