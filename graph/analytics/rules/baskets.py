"""Baskets: what one person chose at one time, out of the snapshot, the store or the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graph.analytics.rules.features import features_of
from graph.log.port import EventLog
from graph.model import Rows
from graph.snapshot.actions import EVENT_NAMES, Actions, minutes_of
from graph.snapshot.view import LiveView
from graph.store.port import GraphStore

BOUGHT = ("User", "BOUGHT", "Product")
DAY_MINUTES = 24 * 60
PERSON = "person"
"""Label of an item that is no thing but a trait of the person, such as ``country=DE``."""


class By(StrEnum):
    """What makes a basket."""

    ORDER = "order"
    SESSION = "session"
    DAY = "day"
    PERSON = "person"


class Of(StrEnum):
    """What lies in one."""

    PRODUCT = "product"
    CATEGORY = "category"
    BRAND = "brand"


IN_PLACE_OF: Mapping[Of, tuple[str, str, str]] = {
    Of.CATEGORY: ("Product", "IN_CATEGORY", "Category"),
    Of.BRAND: ("Product", "MADE_BY", "Brand"),
}
"""Edges from a product to what lies in the basket instead of it."""


@dataclass(frozen=True, slots=True)
class Baskets:
    """Baskets as a matrix.

    Attributes:
        by: what makes one.
        of: what lies in one.
        items: label in small letters and id of each item.
        held: ``(baskets, items)`` what lies in which, each at most once. A basket has at least one item.
    """

    by: By
    of: Of
    items: Sequence[tuple[str, str]]
    held: sp.csr_array

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.held.shape[0])


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was put where: columns of equal length ``m``; one thing may be in a basket more than once.

    Attributes:
        person: ``(m,)`` int32 rows of those who chose.
        basket: ``(m,)`` int64 numbers of baskets.
        product: ``(m,)`` int32 rows.
    """

    person: Rows
    basket: NDArray[np.int64]
    product: Rows

    def without(self, left_out: NDArray[np.bool_]) -> Chosen:
        """As if these people had chosen nothing."""
        kept = ~left_out[self.person]
        return Chosen(self.person[kept], self.basket[kept], self.product[kept])


def left_out(view: LiveView) -> NDArray[np.bool_]:
    """``(n,)`` people who are in no basket: ended, private, or with ``consent.analytics`` false."""
    out = np.zeros(view.count("User"), np.bool_)
    gone = view.gone("User")
    out[: len(gone)] = gone[: len(out)]
    for row in view.rows_with("User", "visibility"):
        out[row] |= view.text("User", "visibility", row) == "private"
    for row in view.rows_with("User", "consent"):
        consent = view.json("User", "consent", row)
        out[row] |= isinstance(consent, dict) and consent.get("analytics") is False
    return out


def of_orders(store: GraphStore, view: LiveView) -> Chosen:
    """A basket is one person's order; purchases without an ``order_id`` are in none."""
    numbers: dict[tuple[int, str], int] = {}
    found: list[tuple[int, int, int]] = []
    for records in store.records(BOUGHT):
        orders = records.columns.get("order_id", ())
        for person, product, order in zip(records.source, records.target, orders, strict=False):
            if order is not None:
                found.append((person, numbers.setdefault((person, order), len(numbers)), product))
    return _within(view, found)


def of_sessions(log: EventLog, view: LiveView, events: Sequence[str]) -> Chosen:
    """A basket is one person's session; of events that came in one by one, as files carry no sessions.

    Args:
        log: where they lie.
        view: knows the rows of what they name.
        events: types that count, such as ``viewed``.
    """
    numbers: dict[tuple[str, str], int] = {}
    people: list[str] = []
    products: list[str] = []
    baskets: list[int] = []
    for person, session, product in _sessions(log, frozenset(events) & EVENT_NAMES.keys()):
        people.append(person)
        products.append(product)
        baskets.append(numbers.setdefault((person, session), len(numbers)))
    rows = zip(view.rows_of("User", people).tolist(), baskets, view.rows_of("Product", products).tolist(), strict=True)
    return _within(view, [each for each in rows if each[0] >= 0 and each[2] >= 0])


def _sessions(log: EventLog, counted: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    position: str | None = None
    while True:
        before = position
        for record in log.read(position):
            position = record.position
            event = record.body
            if record.type in counted and "session_id" in event and "product_id" in event:
                yield event["user_id"], event["session_id"], event["product_id"]
        if position == before:
            return


def of_days(view: LiveView, actions: Actions) -> Chosen:
    """A basket is what one person chose on one day, in UTC; actions without a time are in none."""
    person, product, minutes = _counted(view, actions)
    timed = minutes > 0
    person, product, day = person[timed], product[timed], minutes[timed] // DAY_MINUTES
    return Chosen(person, person.astype(np.int64) << 32 | day, product)


def of_people(view: LiveView, actions: Actions) -> Chosen:
    """A basket is everything that one person ever chose."""
    person, product, _ = _counted(view, actions)
    return Chosen(person, person.astype(np.int64), product)


def _counted(view: LiveView, actions: Actions) -> tuple[Rows, Rows, NDArray[np.int64]]:
    out = view.actions.out
    person = np.repeat(np.arange(out.node_count, dtype=np.int32), out.degrees())
    stamps = np.zeros(len(person), np.uint32) if out.stamps is None else np.asarray(out.stamps)
    counts = actions.counts(stamps)
    return person[counts], np.asarray(out.indices)[counts], minutes_of(stamps[counts])


def _within(view: LiveView, found: Sequence[tuple[int, int, int]]) -> Chosen:
    """Of what the store or the log tells, that whose rows the view has."""
    table = np.array(found, np.int64).reshape(-1, 3)
    known = (table[:, 0] < view.count("User")) & (table[:, 2] < view.count("Product"))
    person, basket, product = table[known].T
    return Chosen(person.astype(np.int32), basket, product.astype(np.int32))


def make_baskets(view: LiveView, chosen: Chosen, by: By, of: Of = Of.PRODUCT, *, traits: bool = False) -> Baskets:
    """Baskets out of what was chosen, without ended products.

    Args:
        view: what products are.
        chosen: by whom, in which basket.
        by: what made the baskets.
        of: what lies in them: products, or what these are in or of.
        traits: put what is known of the person into each of the baskets too, see `graph.analytics.rules.features`.
    """
    basket, thing, items = _things(view, chosen, of)
    if traits:
        owners = dict(zip(chosen.basket.tolist(), chosen.person.tolist(), strict=True))
        people, features, names = features_of(view, sorted(set(owners.values())))
        of_person: dict[int, list[int]] = {}
        for person, feature in zip(people, features, strict=True):
            of_person.setdefault(person, []).append(feature + len(items))
        more = [(each, number) for each, person in owners.items() for number in of_person.get(person, ())]
        added = np.array(more, np.int64).reshape(-1, 2)
        basket, thing = np.concatenate((basket, added[:, 0])), np.concatenate((thing, added[:, 1]))
        items = [*items, *((PERSON, name) for name in names)]
    _, row = np.unique(basket, return_inverse=True)
    shape = (int(row.max(initial=-1)) + 1, len(items))
    held = sp.csr_array((np.ones(len(row), np.int32), (row, thing)), shape=shape)
    held.sum_duplicates()
    held.data[:] = 1
    return Baskets(by, of, items, held)


def _things(
    view: LiveView, chosen: Chosen, of: Of
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[tuple[str, str]]]:
    """Basket and item of each thing chosen, and the items."""
    basket, rows, label = chosen.basket, chosen.product, "Product"
    if of in IN_PLACE_OF:
        edges = view.edges(*IN_PLACE_OF[of]).out
        places = np.repeat(np.arange(len(rows)), edges.degrees(rows))
        lists = [edges.neighbours(row) for row in rows.tolist()]
        basket, rows = basket[places], np.concatenate([np.zeros(0, np.int32), *lists])
        label = IN_PLACE_OF[of][2]
    gone = view.gone(label)
    alive = ~gone[rows] if len(gone) else np.ones(len(rows), np.bool_)
    present, thing = np.unique(rows[alive], return_inverse=True)
    ids = view.ids_of(label, present.astype(np.int32))
    return basket[alive], thing.astype(np.int64), [(of.value, each) for each in ids]
