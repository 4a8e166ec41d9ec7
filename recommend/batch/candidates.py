"""Which models ``auto`` tries, and which of their settings it turns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np

from embeddings.classic.attributes import EVERY, AttributeCount, AttributeKnn, AttributeTaste
from embeddings.classic.ease import Ease, inverse
from embeddings.classic.friends import Friends
from embeddings.classic.paths import Paths
from embeddings.classic.related import Related, linking_relations
from embeddings.models import model as named_model
from embeddings.training import Model, TrainingData

Axis = tuple[str, tuple[float, ...]]
MOST_EASE_ROWS = 13_000
"""Above, the closed form takes more than 2 GB and too long, and is solved twice."""
PROBE_ROWS = 2_000
"""Size of the matrix whose inversion tells how long a larger one takes."""
EASE_AXES_S = 5.0
"""Settings of the closed form are turned when one fit takes less, in seconds."""
SMALL_EASE_ROWS = 6_000
"""Up to here the closed form without attributes is tried beside the one with them."""
MOST_KINDS = 3_000
"""A relation with more entities says what an item is, rather than of what kind."""
MOST_RELATIONS = 8
MOST_LINKS = 4
"""Relations between items that are tried alone, largest first."""
BLOCKS = {"follow": "follows", "social": "follows", "attributes": "attributes"}


@dataclass(frozen=True, slots=True)
class Search:
    """One model, and the settings to turn one after the other, each kept at its best.

    Attributes:
        model: where to begin.
        axes: settings and the other values to try.
        blocks: which extra files the model rests on altogether.
        cost_s: a guess at one fit, in seconds; 0 when it is small.
    """

    model: Model
    axes: tuple[Axis, ...] = ()
    blocks: tuple[str, ...] = field(default=())
    cost_s: float = 0.0


def searches(data: TrainingData) -> tuple[Search, ...]:
    """What is worth trying on these data, cheap and telling first."""
    follows, attributes = len(data.followers) > 0, len(data.attribute_items) > 0
    found = [Search(named_model("popularity")), Search(Paths(), _path_axes(follows))]
    if follows:
        found.append(Search(Friends(), (("second", (0.0,)),), ("follows",)))
    if attributes:
        found.extend(_attribute_searches(data))
        found.extend(_related_searches(data))
    found.extend(_ease(data))
    if find_spec("implicit"):
        found.append(Search(named_model("als", {"dim": 32}), (("dim", (64,)), ("reg", (20.0,)))))
    found.append(Search(named_model("item_knn", {"neighbours": 200}), (("shrink", (50.0,)),)))
    plain = named_model("spectral", {"social": 0.0, "attributes": 0.0})
    found.append(Search(plain, _spectral_axes(follows, attributes)))
    return tuple(found)


def slow_searches() -> tuple[Search, ...]:
    """What is tried when time is left; nothing without torch."""
    return (Search(named_model("lightgcn")),) if find_spec("torch") else ()


def blocks_of(search: Search, settings: dict[str, Any]) -> tuple[str, ...]:
    """Which extra files a trial used."""
    used = {block for setting, block in BLOCKS.items() if settings.get(setting)}
    return tuple(sorted(used | set(search.blocks)))


def _path_axes(follows: bool) -> tuple[Axis, ...]:
    axes: list[Axis] = [("tilt", (-0.2, 0.0, 0.35, 0.5)), ("user_exponent", (0.3,))]
    return (*axes, ("follow", (0.1, 0.3))) if follows else tuple(axes)


def _spectral_axes(follows: bool, attributes: bool) -> tuple[Axis, ...]:
    axes: list[Axis] = [
        ("popularity_exponent", (0.15, 0.6)),
        ("dim", (64, 256, 640)),
        ("sharpness", (0.5, 0.0)),
        ("item_exponent", (0.5,)),
        ("linear", (1.0, 4.0)),
    ]
    if follows:
        axes.append(("social", (0.3,)))
    if attributes:
        axes.append(("attributes", (0.3,)))
    return tuple(axes)


def _attribute_searches(data: TrainingData) -> list[Search]:
    exponent: Axis = ("entity_exponent", (1.0,))
    found = [Search(AttributeKnn(), (exponent,), ("attributes",)), Search(AttributeCount(), blocks=("attributes",))]
    for relation in _largest_relations(data):
        if data.relation_count > 1:
            found.append(Search(AttributeKnn(relation=relation), (exponent,), ("attributes",)))
        entities = np.unique(data.attribute_entities[data.attribute_relations == relation])
        if len(entities) <= MOST_KINDS:
            taste = AttributeTaste(relation=relation)
            found.append(Search(taste, (("prior", (5.0,)),), ("attributes",)))
    return found


def _largest_relations(data: TrainingData) -> Sequence[int]:
    counts = np.bincount(data.attribute_relations, minlength=data.relation_count)
    order = np.argsort(-counts, kind="stable")[:MOST_RELATIONS]
    return [int(each) for each in order if each != EVERY and counts[each]]


def _related_searches(data: TrainingData) -> list[Search]:
    """Each relation between items, in both directions apart: they may say different things."""
    relations = linking_relations(data)[:MOST_LINKS]
    models = [
        model for each in relations for model in (Related(relation=each, back=0.0), Related(relation=each, onward=0.0))
    ]
    return [Search(model, blocks=("attributes",)) for model in models]


def _ease(data: TrainingData) -> list[Search]:
    items = np.unique(data.items)
    rows = min(len(np.unique(data.users)), len(items))
    described = len(np.union1d(items, data.attribute_items)) if len(data.attribute_items) else MOST_EASE_ROWS + 1
    found = []
    if described <= MOST_EASE_ROWS:
        found.append(_ease_search(Ease(reg=100.0, lift=0.2, attributes=1.0), described))
    if rows <= MOST_EASE_ROWS and (not found or rows < described // 2 or rows < SMALL_EASE_ROWS):
        found.append(_ease_search(Ease(), rows))
    return found


def _ease_search(model: Ease, rows: int) -> Search:
    cost = inversion_s(rows)
    axes: tuple[Axis, ...] = (("lift", (-0.2, 0.3)), ("reg", (600.0,)))
    return Search(model, axes if cost < EASE_AXES_S else (), cost_s=cost)


def inversion_s(rows: int) -> float:
    """How long this machine, as busy as it is, would take to invert a matrix of so many rows, in seconds."""
    size = min(PROBE_ROWS, rows)
    times = []
    for _ in range(2):  # the first one also wakes the threads
        start = time.monotonic()
        inverse(np.zeros((size, size), np.float32), 1.0)
        times.append(time.monotonic() - start)
    return min(times) * (rows / max(1, size)) ** 3
