"""What people publish about their purchases, and who likes and answers it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.simulate import kernels_influence
from graph.simulate.events import EventColumns
from graph.simulate.follows import Followers
from graph.simulate.people import CELEBRITY, INFLUENCER, People
from graph.simulate.settings import END_MS

HOUR_MS = 3_600_000
POSTED_SHARE = 0.04
"""Of ordinary purchases, how many are posted; featured ones always are."""
ENGAGEMENT = {INFLUENCER: 0.15, CELEBRITY: 0.02}
"""Share of followers who like a post, by the author's role; the others' posts have 0.1."""


def make_posts(
    bought: EventColumns, featured: NDArray[np.bool_], people: People, followers: Followers, rng: np.random.Generator
) -> dict[str, EventColumns]:
    """``posted``, ``post_liked`` and ``commented`` events; field ``post`` is the position of the post."""
    chosen = bought.take(featured | (rng.random(len(bought)) < POSTED_SHARE))
    at = chosen.at + rng.integers(60_000, 2 * HOUR_MS, len(chosen))
    kept = at < END_MS
    posted = EventColumns(chosen.user[kept], at[kept], {"product": chosen.fields["product"][kept]}).by_time()
    posted = EventColumns(posted.user, posted.at, {"post": np.arange(len(posted), dtype=np.int32), **posted.fields})
    rate = np.full(len(posted), 0.1, np.float32)
    for role, engagement in ENGAGEMENT.items():
        rate[people.role[posted.user] == role] = engagement
    post, user, when = kernels_influence.react_to_posts(
        rng.integers(1 << 63, dtype=np.uint64),
        posted.user,
        posted.at,
        rate,
        followers.offsets,
        followers.rows,
        followers.since,
        END_MS,
    )
    likes = EventColumns(user, when, {"post": post}).by_time()
    answers = likes.take(rng.random(len(likes)) < 0.12)
    later = np.minimum(answers.at + 90_000, END_MS - 1)
    return {"posted": posted, "post_liked": likes, "commented": EventColumns(answers.user, later, answers.fields)}
