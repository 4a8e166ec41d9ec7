"""Every model by name. Nothing here imports torch; a model that needs it imports it when it is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, TypeVar, cast

from embeddings.classic.attributes import AttributeCount, AttributeKnn, AttributeTaste
from embeddings.classic.ease import Ease
from embeddings.classic.friends import Friends
from embeddings.classic.item_knn import ItemKnn
from embeddings.classic.paths import Paths
from embeddings.classic.popularity import Popularity
from embeddings.classic.related import Related
from embeddings.classic.user_knn import UserKnn
from embeddings.errors import TrainingMissing, UnknownModel, UnknownSetting
from embeddings.factors.als import Als
from embeddings.factors.sgd import Mf
from embeddings.gnn.lightgcn import LightGcn, SocialLightGcn, XSimGcl
from embeddings.gnn.sage import Sage
from embeddings.hybrid import HYBRIDS
from embeddings.kg.models import KNOWLEDGE_MODELS
from embeddings.spectral.chebyshev import Chebyshev
from embeddings.spectral.filter import Spectral
from embeddings.training import Model, settings_of
from embeddings.walks.models import DeepWalk, MetaPath2Vec, Node2Vec

M = TypeVar("M")

MODELS: tuple[type[Model], ...] = (
    Popularity,
    ItemKnn,
    UserKnn,
    Paths,
    Friends,
    AttributeKnn,
    AttributeTaste,
    AttributeCount,
    Related,
    Als,
    Mf,
    Ease,
    Spectral,
    Chebyshev,
    LightGcn,
    SocialLightGcn,
    XSimGcl,
    Sage,
    *HYBRIDS,
    DeepWalk,
    Node2Vec,
    MetaPath2Vec,
    *KNOWLEDGE_MODELS,
)
"""Classes; each is a frozen dataclass whose defaults are sensible."""


def model(name: str, settings: Mapping[str, Any] | None = None) -> Model:
    """A model by its name, with some of its settings changed.

    Args:
        name: as in `MODELS`.
        settings: changed settings by name; whole numbers may be given for fractions.

    Raises:
        UnknownModel: no model is called so.
        UnknownSetting: it has no such setting, or the setting cannot hold that value.
        TrainingMissing: it needs torch, which is not installed.
    """
    kinds = {each.name: each for each in MODELS}
    if name not in kinds:
        raise UnknownModel(name, tuple(kinds))
    default: Any = kinds[name]()
    if default.needs_torch and find_spec("torch_geometric") is None:
        raise TrainingMissing(name)
    built: Model = with_settings(default, settings or {})
    return built


def with_settings(default: M, settings: Mapping[str, Any]) -> M:
    """A model like another one, with some of its settings changed.

    Raises:
        UnknownSetting: it has no such setting, or the setting cannot hold that value.
    """
    changed: Any = default
    return cast("M", replace(changed, **{key: _checked(default, key, each) for key, each in settings.items()}))


def _checked(default: Any, key: str, value: Any) -> Any:
    known = settings_of(default)
    if key not in known:
        raise UnknownSetting(default.name, key, f"there is no such setting; known: {', '.join(known)}")
    expected = type(known[key])
    if expected is float and type(value) is int:
        value = float(value)
    if type(value) is not expected:
        raise UnknownSetting(default.name, key, f"{value!r} is not of the type {expected.__name__}")
    return value
