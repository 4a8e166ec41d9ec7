"""Checks that the models share: of their settings, and of data to learn from."""

from __future__ import annotations

from typing import Any

from embeddings.errors import NothingToLearn, UnknownSetting
from embeddings.training import TrainingData


def check_range(model: Any, setting: str, least: float, most: float = float("inf")) -> None:
    """Refuse a setting outside ``[least, most]``.

    Raises:
        UnknownSetting: it lies outside, or is no number.
    """
    value = getattr(model, setting)
    if not least <= value <= most:
        raise UnknownSetting(model.name, setting, f"{value} does not lie between {least:g} and {most:g}")


def check_learnable(data: TrainingData) -> None:
    """Refuse data without interactions.

    Raises:
        NothingToLearn: there is none.
    """
    if not len(data.users):
        raise NothingToLearn
