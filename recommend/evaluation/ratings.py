"""Measuring how well models predict stars: train on one part of the ratings, measured on the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table as ShownTable

from embeddings.errors import NothingToLearn
from embeddings.rating_models import RATING_MODELS, rating_model
from embeddings.ratings import RatingModel, Ratings, newest_of_pairs
from embeddings.training import Progress, settings_of, silent
from graph.datasets import Dataset, Table
from graph.errors import InvalidValue
from recommend.evaluation.prepare import hidden_part, numbering, rows_of
from recommend.evaluation.report import Figure
from recommend.evaluation.run import interval

TEST_PART = 0.2


@dataclass(frozen=True, slots=True)
class RatingResult:
    """One model of ratings.

    Attributes:
        model: its name.
        settings: its settings.
        rmse: root of the mean squared error, in stars, with its 95 % bootstrap interval over ratings.
        mae: mean absolute error, likewise.
        train_s: seconds of training.
        predict_s: seconds of predicting all measured ratings.
    """

    model: str
    settings: dict[str, Any]
    rmse: Figure
    mae: Figure
    train_s: float
    predict_s: float


@dataclass(frozen=True, slots=True)
class RatingEvaluation:
    """All models on the same ratings.

    Attributes:
        name: of the data set.
        manner: how the test part was made.
        learnt: ratings learnt from.
        measured: ratings measured.
        scale: fewest and most stars; predictions are held inside.
        seed: of everything random.
        results: in the order asked for.
    """

    name: str
    manner: str
    learnt: int
    measured: int
    scale: tuple[float, float]
    seed: int
    results: tuple[RatingResult, ...]

    def as_json(self) -> dict[str, Any]:
        """The evaluation as plain JSON values."""
        return asdict(self)

    def table(self) -> ShownTable:
        """One row a model; intervals beside the figures."""
        table = ShownTable(title=f"{self.name}: {self.measured} ratings; {self.manner}")
        table.add_column("model")
        for name in ("RMSE", "MAE", "training s"):
            table.add_column(name, justify="right")
        for each in self.results:
            table.add_row(each.model, _cell(each.rmse), _cell(each.mae), f"{each.train_s:.1f}")
        return table


def evaluate_ratings(
    ratings: Ratings,
    models: Sequence[str | RatingModel] = (),
    *,
    test_part: float = TEST_PART,
    seed: int = 0,
    name: str = "",
    progress: Progress = silent,
) -> RatingEvaluation:
    """Hide the newest ratings, or without times some of each person's, and predict them.

    Args:
        ratings: all of them.
        models: names or models with settings; all without. ``bias`` always comes first.
        test_part: hidden part, between 0 and 1.
        seed: of the hidden part, of training and of intervals.
        name: of the data set, for the report.
        progress: told the finished part and the model.

    Raises:
        InvalidValue: ``test_part`` is not between 0 and 1.
        NothingToLearn: nothing would be left on one of the two sides.
        UnknownModel: a name is not known.
    """
    if not 0 < test_part < 1:
        raise InvalidValue("test_part", f"{test_part} is not between 0 and 1")
    if not len(ratings.users):
        raise NothingToLearn
    hide, manner = hidden_part(ratings, test_part, np.random.default_rng(seed))
    if not hide.any() or hide.all():
        raise NothingToLearn
    train, test = ratings.part(~hide), ratings.part(hide)
    asked = [rating_model(each) if isinstance(each, str) else each for each in models or _names()]
    if all(each.name != "bias" for each in asked):
        asked.insert(0, rating_model("bias"))
    results = []
    for place, each in enumerate(asked):
        progress(place / len(asked), each.name)
        results.append(_result(each, train, test, seed))
    progress(1.0, "done")
    return RatingEvaluation(name, manner, len(train.users), len(test.users), _scale(train), seed, tuple(results))


def ratings_of_dataset(dataset: Dataset) -> Ratings:
    """The ratings of a data set of the catalogue; of a pair the newest.

    Raises:
        InvalidValue: the set has no values.
        UnknownDataset, DatasetUnavailable, ChecksumMismatch: as `graph.datasets`.
    """
    table = dataset.interactions()
    if table.values is None:
        raise InvalidValue("dataset", f"{dataset.name} holds no ratings")
    return ratings_of_table(table, table.values)


def ratings_of_table(table: Table, values: Sequence[float]) -> Ratings:
    """Ratings out of a table and its values, rows numbered by first appearance."""
    users, items = numbering([table.users]), numbering([table.items])
    minutes = None if table.minutes is None else np.array(table.minutes, np.int64)
    return newest_of_pairs(
        rows_of(table.users, users),
        rows_of(table.items, items),
        np.array(values, np.float32),
        minutes,
        len(users),
        len(items),
    )


def _names() -> tuple[str, ...]:
    return tuple(each.name for each in RATING_MODELS)


def _result(model: RatingModel, train: Ratings, test: Ratings, seed: int) -> RatingResult:
    start = time.perf_counter()
    fitted = model.fit(train, rng=np.random.default_rng(seed))
    trained = time.perf_counter()
    low, high = _scale(train)
    apart = np.clip(fitted.predict(test.users, test.items), low, high).astype(np.float64) - test.values
    predicted = time.perf_counter()
    draws = np.random.default_rng(seed)
    return RatingResult(
        model.name,
        settings_of(model),
        _root(interval(apart**2, draws)),
        interval(np.abs(apart), draws),
        round(trained - start, 3),
        round(predicted - trained, 3),
    )


def _scale(ratings: Ratings) -> tuple[float, float]:
    values: NDArray[np.float32] = ratings.values
    return float(values.min()), float(values.max())


def _root(figure: Figure) -> Figure:
    return Figure(*(float(np.sqrt(each)) for each in (figure.mean, figure.low, figure.high)))


def _cell(figure: Figure) -> str:
    return f"{figure.mean:.4f} [{figure.low:.4f}, {figure.high:.4f}]"
