"""From ids to a query by rows: who asks, what they did, whom they see, and what is never offered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph.snapshot.actions import CODE_COUNT, codes_of, minutes_of
from graph.snapshot.csr import Csr
from graph.snapshot.view import LiveView
from recommend.answers.paging import digest
from recommend.prepared import FOLLOWS, MEMBER_OF, Prepared
from recommend.query import NO_ROWS, NO_SCORES, NOBODY, Floats, RecommendationQuery, Rows
from recommend.sources import kernels
from recommend.sources.scratch import SCRATCH

HISTORY = 256
"""Newest products of a person that sources may start from."""
REFUSALS = 20
"""Newest products that a person turned down, which what is like them is moved behind."""
REFUSAL_HALF_LIFE_DAYS = 180.0
"""After how long a product that was turned down counts half."""
TURNING_DOWN = codes_of(("disliked",))
BARRING = (("User", "BLOCKED", "User"), ("User", "MUTED", "User"))


def history_of(prepared: Prepared, user_row: int) -> tuple[Rows, Floats]:
    """The newest distinct products that somebody did something with that counts, and what each is worth."""
    out = prepared.view.actions.out
    if user_row == NOBODY or user_row >= out.node_count:
        return NO_ROWS, NO_SCORES
    tally = SCRATCH.targets
    mark = tally.begin(out.degree(user_row))
    actions = prepared.actions
    reached = kernels.history(
        out.edges(),
        user_row,
        actions.weights,
        actions.half_life_minutes,
        prepared.view.latest_minutes,
        tally.table,
        tally.used,
        mark,
    )
    entries = tally.table[tally.used[: min(reached, HISTORY)]]
    return entries["row"].copy(), entries["score"].copy()


def barred_of(view: LiveView, user_row: int) -> Rows:
    """Sorted people whom somebody blocked or muted, or who blocked them."""
    if user_row == NOBODY:
        return NO_ROWS
    both = [view.edges(*key).out.neighbours(user_row) for key in BARRING if _has(view.edges(*key).out, user_row)]
    blocked = view.edges(*BARRING[0]).into
    if _has(blocked, user_row):
        both.append(blocked.neighbours(user_row))
    return np.unique(np.concatenate(both)).astype(np.int32) if both else NO_ROWS


def _has(csr: Csr, row: int) -> bool:
    return bool(row < csr.node_count)


def followed_by(view: LiveView, user_row: int) -> Rows:
    """People whom somebody follows, newest first."""
    out = view.edges(*FOLLOWS).out
    return np.asarray(out.neighbours(user_row)) if 0 <= user_row < out.node_count else NO_ROWS


def friends_of(prepared: Prepared, user_row: int, barred: Rows) -> Rows:
    """Of the people that somebody follows, those whose actions they may see, newest followed first."""
    followed = followed_by(prepared.view, user_row)
    followed = followed[~prepared.silent_people[followed]]
    return followed[~np.isin(followed, barred)] if len(barred) else followed


def acted_on(view: LiveView, user_row: int, seen: NDArray[np.bool_]) -> Rows:
    """Products that somebody did one of the ``seen`` actions with."""
    out = view.actions.out
    if user_row == NOBODY or user_row >= out.node_count:
        return NO_ROWS
    counted: NDArray[np.bool_] = seen[out.stamps_of(user_row) & np.uint32(CODE_COUNT - 1)]
    return out.neighbours(user_row)[counted]


def turned_down_by(view: LiveView, user_row: int) -> tuple[Rows, Floats]:
    """The newest products that somebody does not want, and how much each still counts."""
    out = view.actions.out
    if user_row == NOBODY or user_row >= out.node_count:
        return NO_ROWS, NO_SCORES
    stamps = out.stamps_of(user_row)
    places = np.flatnonzero(TURNING_DOWN[stamps & np.uint32(CODE_COUNT - 1)])[:REFUSALS]
    if not len(places):
        return NO_ROWS, NO_SCORES
    days = np.maximum(view.latest_minutes - minutes_of(stamps[places]), 0) / (24 * 60)
    return out.neighbours(user_row)[places], np.exp2(-days / REFUSAL_HALF_LIFE_DAYS).astype(np.float32)


def may_personalise(view: LiveView, user_row: int) -> bool:
    """False for people whose ``consent.personalise`` is false: nothing that they did may be used."""
    consent = view.json("User", "consent", user_row) if user_row != NOBODY else None
    return not (isinstance(consent, dict) and consent.get("personalise") is False)


def products_for(prepared: Prepared, user_row: int, seen: NDArray[np.bool_], seed: int) -> RecommendationQuery:
    """What to offer a person."""
    view = prepared.view
    asks = may_personalise(view, user_row)
    barred = barred_of(view, user_row)
    anchors, scores = history_of(prepared, user_row) if asks else (NO_ROWS, NO_SCORES)
    turned_down, counting = turned_down_by(view, user_row) if asks else (NO_ROWS, NO_SCORES)
    return RecommendationQuery(
        target="Product",
        user_row=user_row if asks else NOBODY,
        product_row=NOBODY,
        actions=prepared.actions,
        now_minutes=view.latest_minutes,
        seed=seed,
        prepared=prepared,
        anchors=anchors,
        anchor_scores=scores,
        friends=friends_of(prepared, user_row, barred) if asks else NO_ROWS,
        turned_down=turned_down,
        turned_down_scores=counting,
        known=acted_on(view, user_row, seen),
        hidden=prepared.hidden_products,
        barred=barred,
    )


def products_like(prepared: Prepared, product_row: int, seed: int) -> RecommendationQuery:
    """What to offer beside a product."""
    page = np.array([product_row], np.int32)
    return RecommendationQuery(
        target="Product",
        user_row=NOBODY,
        product_row=product_row,
        actions=prepared.actions,
        now_minutes=prepared.view.latest_minutes,
        seed=seed,
        prepared=prepared,
        anchors=page,
        anchor_scores=np.ones(1, np.float32),
        known=page,
        hidden=prepared.hidden_products,
    )


def people_for(prepared: Prepared, user_row: int, seed: int) -> RecommendationQuery:
    """Whom a person might follow."""
    view = prepared.view
    asks = may_personalise(view, user_row)
    barred = barred_of(view, user_row)
    anchors, scores = history_of(prepared, user_row) if asks else (NO_ROWS, NO_SCORES)
    myself = np.array([user_row], np.int32)[: user_row != NOBODY]
    return RecommendationQuery(
        target="User",
        user_row=user_row if asks else NOBODY,
        product_row=NOBODY,
        actions=prepared.actions,
        now_minutes=view.latest_minutes,
        seed=seed,
        prepared=prepared,
        anchors=anchors,
        anchor_scores=scores,
        friends=friends_of(prepared, user_row, barred) if asks else NO_ROWS,
        known=np.concatenate([followed_by(view, user_row), barred, myself]).astype(np.int32),
        hidden=prepared.silent_people,
        barred=barred,
    )


def communities_for(prepared: Prepared, user_row: int, seed: int) -> RecommendationQuery:
    """Which communities a person might join."""
    view = prepared.view
    asks = may_personalise(view, user_row)
    barred = barred_of(view, user_row)
    joined = view.edges(*MEMBER_OF).out
    return RecommendationQuery(
        target="Community",
        user_row=user_row if asks else NOBODY,
        product_row=NOBODY,
        actions=prepared.actions,
        now_minutes=view.latest_minutes,
        seed=seed,
        prepared=prepared,
        friends=friends_of(prepared, user_row, barred) if asks else NO_ROWS,
        known=np.asarray(joined.neighbours(user_row)) if 0 <= user_row < joined.node_count else NO_ROWS,
        hidden=np.array(view.gone("Community"), np.bool_),
        barred=barred,
    )


def nobody_in_particular(prepared: Prepared, seed: int) -> RecommendationQuery:
    """What to offer anybody."""
    return products_for(prepared, NOBODY, np.zeros(CODE_COUNT, np.bool_), seed)


def seed_of(placement: str, asker: str, request_seed: int) -> int:
    """Seed of the walks: the same question walks the same way, whichever process answers it."""
    return int.from_bytes(digest(placement, asker, str(request_seed)), "big")
