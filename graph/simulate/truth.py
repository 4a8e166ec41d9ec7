"""What a town's simulation knows and nobody else: the answers that programs are measured by."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graph.simulate import kernels_influence
from graph.simulate.influence import effect_of
from graph.simulate.nodes import category_ids, community_ids, user_ids
from graph.simulate.people import CELEBRITY, FAKE, INFLUENCER
from graph.simulate.settings import SEGMENTS
from graph.simulate.town import Town
from graph.simulate.words import ids

Columns = dict[str, pa.Array]


def truth_tables(town: Town) -> dict[str, Columns]:
    """All tables of ``truth/`` by name; every row is keyed by an external id."""
    return {
        "communities": communities(town),
        "segments": segments(town),
        "tastes": tastes(town),
        "influencers": influencers(town),
        "celebrities": celebrities(town),
        "fakes": fakes(town),
        "true_lift": true_lift(town),
        "triggers": triggers(town),
    }


def communities(town: Town) -> Columns:
    """The planted community of each genuine person."""
    rows = np.sort(town.people.members)
    return {"user_id": user_ids(town, rows), "community_id": community_ids(town, town.people.community[rows])}


def segments(town: Town) -> Columns:
    """The planted way of shopping of each genuine person."""
    rows = np.sort(town.people.members)
    names = pa.array([segment.name for segment in SEGMENTS])
    return {"user_id": user_ids(town, rows), "segment": names.take(pa.array(town.people.segment[rows]))}


def tastes(town: Town) -> Columns:
    """What share of a genuine person's choices by taste falls on which kind; a kind may come twice."""
    rows = np.sort(town.people.members)
    favourite = town.people.favourite[rows]
    leaf = town.catalogue.first_leaf + favourite.ravel()
    return {
        "user_id": user_ids(town, np.repeat(rows, favourite.shape[1])),
        "category_id": category_ids(town, leaf),
        "weight": pa.array(town.people.weight[rows].ravel()),
    }


def influencers(town: Town) -> Columns:
    """Who moves followers, in which department, and with what chance for a fully open follower."""
    rows = town.people.rows(INFLUENCER)
    return {
        "user_id": user_ids(town, rows),
        "category_id": category_ids(town, town.people.topic[rows]),
        "power": pa.array(town.people.power[rows, 1]),
        "followers": pa.array(np.diff(town.followers.offsets)[rows]),
    }


def celebrities(town: Town) -> Columns:
    """Who is followed and not copied."""
    rows = town.people.rows(CELEBRITY)
    return {"user_id": user_ids(town, rows), "followers": pa.array(np.diff(town.followers.offsets)[rows])}


def fakes(town: Town) -> Columns:
    """Fake accounts and the farm of each."""
    rows = town.people.rows(FAKE)
    return {"user_id": user_ids(town, rows), "farm": pa.array(town.people.farm[rows])}


def true_lift(town: Town) -> Columns:
    """What the shown purchases of influencers and celebrities brought, and would bring on average.

    ``shown``: purchases; ``exposed``: followers who saw one, summed over purchases; ``expected``: purchases that
    they bring directly on average; ``lift``: expected / exposed, the mean effect on one follower's chance to buy
    within 14 days; ``caused_direct``: purchases that one of theirs triggered; ``incremental``: purchases that would
    not have been had these moved nobody.
    """
    rows = np.concatenate((town.people.rows(INFLUENCER), town.people.rows(CELEBRITY))).astype(np.int32)
    bought, influence = town.events["bought"], town.influence
    shown = np.flatnonzero(influence.featured).astype(np.int32)
    seen, moved = effect_of(bought.take(shown), town.people, town.catalogue, town.followers)
    direct = np.bincount(influence.cause, minlength=len(bought))[shown]
    totals = [_sum_by(bought.user[shown], values, len(town.people))[rows] for values in (seen, moved, direct)]
    exposed, expected, caused = totals
    return {
        "user_id": user_ids(town, rows),
        "shown": pa.array(np.bincount(bought.user[shown], minlength=len(town.people))[rows]),
        "exposed": pa.array(exposed.astype(np.int64)),
        "expected": pa.array(expected),
        "lift": pa.array(np.divide(expected, exposed, out=np.zeros(len(rows)), where=exposed > 0)),
        "caused_direct": pa.array(caused.astype(np.int64)),
        "incremental": pa.array(incremental_purchases(town, rows)),
    }


def _sum_by(keys: NDArray[np.int32], values: NDArray[np.generic], count: int) -> NDArray[np.float64]:
    return np.asarray(np.bincount(keys, weights=values.astype(np.float64), minlength=count), np.float64)


def incremental_purchases(town: Town, rows: NDArray[np.int32]) -> NDArray[np.int64]:
    """For each person alone: purchases that would not have been, had the person's shown ones moved nobody.

    Args:
        town: the town.
        rows: ``(k,)`` people.

    Returns:
        ``(k,)`` counts.
    """
    influence, bought = town.influence, town.events["bought"]
    count = len(bought)
    out_order = np.argsort(influence.cause, kind="stable")
    in_order = np.argsort(influence.effect, kind="stable")
    shown = np.flatnonzero(influence.featured).astype(np.int32)
    shown = shown[np.argsort(bought.user[shown], kind="stable")]
    first = np.searchsorted(bought.user[shown], rows)
    end = np.searchsorted(bought.user[shown], rows, side="right")
    return kernels_influence.lost_without(
        influence.organic, shown, first, end, _offsets(influence.cause, count), influence.effect[out_order],
        _offsets(influence.effect, count), influence.cause[in_order],
    )  # fmt: skip


def _offsets(keys: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=count)))).astype(np.int64)


def triggers(town: Town) -> Columns:
    """Cause and effect as event ids of purchases: the first alone suffices for the second."""
    count = len(town.events["bought"])
    return {
        "cause_event_id": ids("b", town.influence.cause, count),
        "effect_event_id": ids("b", town.influence.effect, count),
    }
