"""Every model of ratings by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embeddings.classic.rated import Bias, ItemKnnRatings, UserKnnRatings
from embeddings.errors import UnknownModel
from embeddings.factors.sgd import RatedMf
from embeddings.models import with_settings
from embeddings.ratings import RatingModel

RATING_MODELS: tuple[type[RatingModel], ...] = (Bias, UserKnnRatings, ItemKnnRatings, RatedMf)
"""Classes; each is a frozen dataclass whose defaults are sensible."""


def rating_model(name: str, settings: Mapping[str, Any] | None = None) -> RatingModel:
    """A model of ratings by its name, with some of its settings changed.

    Raises:
        UnknownModel: no model of ratings is called so.
        UnknownSetting: it has no such setting, or the setting cannot hold that value.
    """
    kinds = {each.name: each for each in RATING_MODELS}
    if name not in kinds:
        raise UnknownModel(name, tuple(kinds))
    return with_settings(kinds[name](), settings or {})
