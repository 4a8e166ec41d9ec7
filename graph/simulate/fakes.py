"""What fake accounts do beside following: look at, like and praise the same products in the same hours."""

from __future__ import annotations

import numpy as np

from graph.simulate.catalogue import Catalogue
from graph.simulate.events import EventColumns
from graph.simulate.follows import HOUR_MS
from graph.simulate.people import FAKE, People, farm_days
from graph.simulate.settings import END_MS

PRAISED = 3
"""Products that one farm was paid to praise."""


def make_fake_events(people: People, catalogue: Catalogue, rng: np.random.Generator) -> dict[str, EventColumns]:
    """``viewed``, ``liked`` and ``rated`` events of fakes, a farm's all on one day, five stars each."""
    fakes = people.rows(FAKE)
    if not len(fakes):
        return {}
    farms = int(people.farm.max()) + 1
    old = np.sort(catalogue.bucket_products[catalogue.bucket_offsets[:-1]])  # on sale before the first day
    praised = rng.choice(old, (farms, PRAISED))
    user = np.repeat(fakes, PRAISED)
    product = praised[people.farm[fakes]].ravel().astype(np.int32)
    start = np.repeat(farm_days(people.farm)[people.farm[fakes]], PRAISED) + 30 * HOUR_MS
    at = np.minimum(start + rng.exponential(3 * HOUR_MS, len(user)).astype(np.int64), END_MS - 60_000)
    nowhere = np.full(len(user), -1, np.int32)
    viewed = EventColumns(user, at, {"product": product, "session": nowhere})
    liked = EventColumns(user, at + 5_000, {"product": product, "session": nowhere})
    stars = np.full(len(user), 5, np.int8)
    rated = EventColumns(user, at + 40_000, {"product": product, "value": stars})
    return {
        "viewed": viewed,
        "liked": liked.take(rng.random(len(user)) < 0.5),
        "rated": rated.take(rng.random(len(user)) < 0.5),
    }
