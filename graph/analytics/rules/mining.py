"""From baskets to rules: how much support to ask for, the frequent sets, and what follows from what."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, ClassVar, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graph.analytics.rules.baskets import PERSON, Baskets, By, Of
from graph.analytics.rules.table import RuleTable
from graph.errors import ExtraMissing, InvalidValue

USUAL_SUPPORT = 0.05
WANTED = 20
"""Pairs that make a rule each: where the usual support leaves fewer, less is asked for."""
MOST_PAIRS = 20_000
"""Frequent pairs: where less support would leave more, it goes no further down."""
FEWEST = 5
"""Baskets that a rule's items have to be in together, however many there are: less is chance, or one person."""
NEARLY = 1e-9
NOTHING = {
    By.ORDER: "order: nothing was bought with an order_id",
    By.SESSION: "session: of the events that came in one by one, which alone have a session_id, none counts",
    By.DAY: "day: no action that counts has a time",
    By.PERSON: "person: no action counts",
}
"""Why there are no baskets."""


@dataclass(frozen=True)
class RuleSettings:
    """Which rules are looked for; the settings of the artefact.

    Attributes:
        by: what makes a basket.
        of: what lies in one.
        support: least share of the baskets with all items of a rule; None for `USUAL_SUPPORT`, adapted to the data.
        confidence: least share of the baskets with the first part that hold the second.
        lift: least factor by which the first part makes the second likelier.
        largest: most items of a rule, both parts together.
        most_items: items that are looked at, those in most baskets.
        redundant: keep rules that say no more than one with a shorter first part: what follows is as likely by that.
        method: ``fpgrowth`` or ``apriori``; both find the same.
    """

    name: ClassVar[str] = "rules"

    by: str = ""
    of: str = ""
    support: float | None = None
    confidence: float = 0.2
    lift: float = 1.0
    largest: int = 4
    most_items: int = 3000
    redundant: bool = False
    method: Literal["fpgrowth", "apriori"] = "fpgrowth"

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            InvalidValue: which setting, and why.
        """
        if self.support is not None and not 0 < self.support <= 1:
            raise InvalidValue("support", "must be above 0 and at most 1")
        if not 0 <= self.confidence <= 1:
            raise InvalidValue("confidence", "must lie between 0 and 1")
        if self.lift < 0 or not math.isfinite(self.lift):
            raise InvalidValue("lift", "must be 0 or more")
        if self.largest < 2:
            raise InvalidValue("largest", "a rule has at least 2 items")
        if self.most_items < 2:
            raise InvalidValue("most_items", "a rule has at least 2 items")


@dataclass(frozen=True)
class TraitRuleSettings(RuleSettings):
    """The same for rules between traits of people and things."""

    name: ClassVar[str] = "people_rules"


def mine(baskets: Baskets, settings: RuleSettings) -> RuleTable:
    """Find the rules.

    Where baskets hold traits of people (label `PERSON`), a rule leads from traits to a thing or from things to a
    trait; else from things to a thing.

    Args:
        baskets: ``n`` of them.
        settings: what counts as a rule.

    Returns:
        Rules by falling lift; ties by support, then by their items. Without any, ``warnings`` say why.

    Raises:
        ExtraMissing: mlxtend is not installed.

    Source:
        Han, Pei and Yin, "Mining frequent patterns without candidate generation", SIGMOD 2000 (FP-Growth); Agrawal and
        Srikant, "Fast algorithms for mining association rules", VLDB 1994 (Apriori); both as mlxtend has them. A rule's
        second part is one item, as in Borgelt's and arules' Apriori: several are several rules. What is redundant is
        that of Bayardo, Agrawal and Gunopulos, "Constraint-based rule mining in large, dense databases", 2000.
    """
    if not baskets.count:
        lacking = "" if baskets.of is Of.PRODUCT else f", or no product in one has a {baskets.of.value}"
        why = f"there are no baskets by {NOTHING[baskets.by]}{lacking}"
        return RuleTable.none(0, settings.support or USUAL_SUPPORT, [why])
    part = _frequent_items(baskets, settings)
    least, warnings = _least_count(part, settings)
    found = _rules(part, _frequent_sets(part, least, settings), settings)
    if not len(found):
        warnings.append(_why_none(baskets, settings))
    return replace(found, support=least / baskets.count, warnings=tuple(warnings))


def _frequent_items(baskets: Baskets, settings: RuleSettings) -> Baskets:
    """The items that may be in a rule at all; all baskets stay, as shares are of all of them."""
    held = np.asarray(baskets.held.sum(axis=0)).ravel()
    fewest = FEWEST if settings.support is None else _count_of(settings.support, baskets.count)
    order = np.lexsort((np.arange(len(held)), -held))[: settings.most_items]
    kept = np.sort(order[held[order] >= fewest])
    return replace(baskets, items=[baskets.items[each] for each in kept], held=baskets.held[:, kept].tocsr())


def _count_of(support: float, baskets: int) -> int:
    return max(1, math.ceil(support * baskets - NEARLY))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of items that might make a rule: in how many baskets, and whether they make one."""

    together: NDArray[np.int64]
    is_rule: NDArray[np.bool_]


def _pairs(part: Baskets, settings: RuleSettings) -> Pairs:
    """Every pair that is in a basket together and that rules may join; O(items²) memory."""
    held = part.held.astype(np.int32)
    matrix = sp.coo_array(sp.triu(held.T @ held, 1))
    one, other, together = matrix.row, matrix.col, matrix.data.astype(np.int64)
    traits = _traits(part)
    if traits.any():
        crossing = traits[one] != traits[other]
        one, other, together = one[crossing], other[crossing], together[crossing]
    single = np.asarray(held.sum(axis=0)).ravel().astype(np.float64)
    confidence = together / np.maximum(1, np.minimum(single[one], single[other]))
    lift = together * part.count / np.maximum(1, single[one] * single[other])
    return Pairs(together, (confidence >= settings.confidence) & (lift >= settings.lift))


def _traits(part: Baskets) -> NDArray[np.bool_]:
    return np.array([label == PERSON for label, _ in part.items], np.bool_)


def _least_count(part: Baskets, settings: RuleSettings) -> tuple[int, list[str]]:
    """In how many baskets a rule's items have to be together, and what to say of it."""
    if settings.support is not None:
        return _count_of(settings.support, part.count), []
    usual = max(FEWEST, _count_of(USUAL_SUPPORT, part.count))
    pairs = _pairs(part, settings)
    making = np.sort(pairs.together[pairs.is_rule])[::-1]
    if len(making) >= WANTED and making[WANTED - 1] >= usual:
        least = usual
    else:
        least = min(usual, max(FEWEST, int(making[min(WANTED, len(making)) - 1]) if len(making) else FEWEST))
    ordered = np.sort(pairs.together)[::-1]
    if len(ordered) > MOST_PAIRS:
        least = max(least, int(ordered[MOST_PAIRS]) + 1)
    if least == usual:
        return least, []
    way = "lowered" if least < usual else "raised"
    return least, [
        f"support was {way} from {USUAL_SUPPORT:g} to {least / part.count:.2g} ({least} of {part.count} baskets), as "
        f"these baskets have too {'few' if least < usual else 'many'} frequent pairs otherwise"
    ]


def _why_none(baskets: Baskets, settings: RuleSettings) -> str:
    any_pair = replace(settings, support=NEARLY, confidence=0.0, lift=0.0)
    part = _frequent_items(baskets, any_pair)
    pairs = _pairs(part, any_pair)
    if not len(pairs.together):
        return "no rules: no two items are in one basket"
    most = int(pairs.together.max())
    return (
        f"no rules: the most frequent pair is in {most} of {part.count} baskets, a support of {most / part.count:.2g}; "
        f"ask for less support, confidence (now {settings.confidence:g}) or lift (now {settings.lift:g})"
    )


def _frequent_sets(part: Baskets, least: int, settings: RuleSettings) -> dict[tuple[int, ...], int]:
    """Items that are in at least ``least`` baskets together, in rising order, and in how many."""
    if not len(part.items):
        return {}
    find, data_frame = _library(settings.method)
    frame = data_frame.sparse.from_spmatrix(sp.csr_matrix(part.held.astype(bool)))
    found = find(frame, min_support=(least - 0.5) / part.count, max_len=settings.largest)
    return {
        tuple(sorted(int(each) for each in items)): round(share * part.count)
        for share, items in zip(found["support"], found["itemsets"], strict=True)
    }


def _library(method: str) -> tuple[Callable[..., Any], Any]:
    try:
        from mlxtend.frequent_patterns import apriori, fpgrowth
        from pandas import DataFrame
    except ImportError as error:
        raise ExtraMissing("mlxtend", "people") from error
    return (apriori if method == "apriori" else fpgrowth), DataFrame


def _rules(part: Baskets, counts: dict[tuple[int, ...], int], settings: RuleSettings) -> RuleTable:
    traits = _traits(part)
    found = []
    for first, then, together in _splits(counts):
        if traits.any() and (traits[list(first)] == traits[then]).any():
            continue
        if not settings.redundant and _is_redundant(counts, first, then, together / counts[first]):
            continue
        of_if, of_then = counts[first], counts[then,]
        lift = together * part.count / (of_if * of_then)
        if together / of_if >= settings.confidence - NEARLY and lift >= settings.lift - NEARLY:
            found.append((-lift, -together, first, then, of_if, of_then))
    found.sort()
    used = sorted({each for rule in found for each in (*rule[2], rule[3])})
    number = {item: place for place, item in enumerate(used)}
    starts = np.cumsum([0, *(len(rule[2]) for rule in found)])
    return RuleTable(
        items=[part.items[each] for each in used],
        if_start=starts.astype(np.int64),
        if_items=np.array([number[each] for rule in found for each in rule[2]], np.int32),
        then=np.array([number[rule[3]] for rule in found], np.int32),
        together=np.array([-rule[1] for rule in found], np.int64),
        of_if=np.array([rule[4] for rule in found], np.int64),
        of_then=np.array([rule[5] for rule in found], np.int64),
        baskets=part.count,
        support=0.0,
    )


def _is_redundant(counts: dict[tuple[int, ...], int], first: tuple[int, ...], then: int, confidence: float) -> bool:
    """Whether a part of the first part alone makes the second at least as likely."""
    shorter = (part for size in range(1, len(first)) for part in combinations(first, size))
    return any(counts[tuple(sorted((*part, then)))] / counts[part] >= confidence - NEARLY for part in shorter)


def _splits(counts: dict[tuple[int, ...], int]) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Each frequent set of two or more as a first part and one item, with how many baskets hold them all."""
    for items, together in counts.items():
        if len(items) > 1:
            for place, then in enumerate(items):
                yield items[:place] + items[place + 1 :], then, together
