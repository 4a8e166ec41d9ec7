"""What commands and routes do with association rules: mine them, list them, draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from api.kept import kept, read
from api.steps import reading_store
from embeddings.artefact import TrainedModel, save_model
from graph.analytics.rules import PERSON, By, Of, RuleSettings, RuleTable, mine
from graph.analytics.rules.baskets import (
    Chosen,
    left_out,
    make_baskets,
    of_days,
    of_orders,
    of_people,
    of_sessions,
)
from graph.analytics.rules.mining import TraitRuleSettings
from graph.analytics.rules.picture import drawing, graph_of
from graph.errors import InvalidValue, UnknownNode
from graph.folder import DataFolder
from graph.snapshot.actions import EVENT_NAMES, PLAIN_CODE, Actions
from graph.snapshot.view import LiveView

Kind = Literal["baskets", "people"]
Side = Literal["if", "then", "any"]
Sort = Literal["lift", "support", "confidence", "leverage", "conviction"]
SESSION_EVENTS = ("viewed", "liked", "carted", "bought")
"""What counts in a session where nobody says otherwise."""
SETTINGS: dict[Kind, RuleSettings] = {"baskets": RuleSettings(), "people": TraitRuleSettings()}
COMMANDS: dict[Kind, str] = {"baskets": "rules fit", "people": "rules fit --people"}
LABELS = {"product": "Product", "category": "Category", "brand": "Brand"}
NAMES = {"Product": "title", "Category": "name", "Brand": "name"}


@dataclass(frozen=True, slots=True)
class RuleQuestion:
    """Which of the rules are wanted.

    Attributes:
        kind: of baskets, or between traits of people and things.
        item: id of an item that they name; None for all.
        label: of that item: product, category, brand or person.
        side: where they name it.
        sort: measure by which they are ordered, highest first.
        least_confidence: those with less are left out.
        least_lift: likewise.
        limit: how many at most.
    """

    kind: Kind = "baskets"
    item: str | None = None
    label: str = "product"
    side: Side = "any"
    sort: Sort = "lift"
    least_confidence: float = 0.0
    least_lift: float = 0.0
    limit: int = 20


def fit_rules(
    folder: DataFolder, view: LiveView, settings: RuleSettings, actions: Sequence[str], counted: Actions
) -> tuple[TrainedModel, RuleTable]:
    """Mine the rules of a folder's graph and keep them.

    Args:
        folder: whose.
        view: its current snapshot.
        settings: which rules; ``by`` empty for what the data have: orders, else days, else people.
        actions: rules of what counts, such as ``bought``; none for what is usual.
        counted: what counts as interest, for graphs in which nothing is bought.

    Raises:
        NothingLoaded: there is nothing yet.
        InvalidValue: ``actions`` are none, or do not go with ``by``.
        ExtraMissing: mlxtend is not installed.
    """
    traits = isinstance(settings, TraitRuleSettings)
    of = Of(settings.of or Of.PRODUCT)
    by, chosen = _chosen(folder, view, settings.by or (By.PERSON.value if traits else ""), actions, counted)
    baskets = make_baskets(view, chosen.without(left_out(view)), by, of, traits=traits)
    settings = replace(settings, by=by.value, of=of.value)
    table = mine(baskets, settings)
    model = save_model(
        folder.models, settings, {}, view.snapshot_id, 0, {"rules": len(table)}, table.details(), arrays=table.arrays()
    )
    return model, table


def _chosen(folder: DataFolder, view: LiveView, by: str, actions: Sequence[str], counted: Actions) -> tuple[By, Chosen]:
    """What was put into which basket, and what made the baskets."""
    if by == By.SESSION:
        known = [each.partition(">=")[0].strip() for each in actions] or list(SESSION_EVENTS)
        if unknown := [each for each in known if each not in EVENT_NAMES]:
            raise InvalidValue("actions", f"{unknown[0]!r} names no action; known: {', '.join(EVENT_NAMES)}")
        with closing(folder.open_log(read_only=True)) as log:
            return By.SESSION, of_sessions(log, view, known)
    if by in ("", By.ORDER):
        if by and actions and list(actions) != ["bought"]:
            raise InvalidValue("actions", "an order holds what was bought; leave them away, or choose another basket")
        with reading_store(folder) as store:
            orders = of_orders(store, view)
        if by or len(orders.basket):
            return By.ORDER, orders
    rules = Actions.of(actions) if actions else Actions.of(["bought"]) if _has_bought(view) else counted
    if by != By.PERSON:
        days = of_days(view, rules)
        if by or len(days.basket):
            return By.DAY, days
    return By.PERSON, of_people(view, rules)


def _has_bought(view: LiveView) -> bool:
    return bool(int(view.kinds_present) >> PLAIN_CODE["BOUGHT"] & 1)


def found(folder: DataFolder, view: LiveView, question: RuleQuestion) -> dict[str, Any]:
    """The rules that a question asks for, in the form of `api.schemas.rules.RuleList`.

    Raises:
        NotFitted: none have been mined.
        UnknownNode: nothing has the id that the question names.
    """
    model, table, places = _asked(folder, view, question)
    name_of = _names(view, table)
    return {
        "rules": [_told(table, rule, name_of) for rule in places],
        **_origin(model, table),
    }


def picture(folder: DataFolder, view: LiveView, question: RuleQuestion) -> dict[str, Any]:
    """The same rules as a graph with places and as SVG, in the form of `api.schemas.rules.RulePicture`.

    Raises:
        NotFitted: none have been mined.
        UnknownNode: nothing has the id that the question names.
    """
    model, table, places = _asked(folder, view, question)
    name_of = _names(view, table)
    graph = graph_of(table, places)
    spots = graph.places.tolist()
    items = [{**_item(table, item, name_of), "x": x, "y": y} for item, (x, y) in zip(graph.items, spots, strict=False)]
    rules = [
        {**_told(table, rule, name_of), "x": x, "y": y}
        for rule, (x, y) in zip(graph.rules, spots[len(graph.items) :], strict=True)
    ]
    links = [{"source": one, "target": other} for one, other in graph.links.tolist()]
    svg = drawing(table, graph, lambda each: name_of(each) or table.items[each][1])
    return {"items": items, "rules": rules, "links": links, "svg": svg, **_origin(model, table)}


def _asked(folder: DataFolder, view: LiveView, question: RuleQuestion) -> tuple[TrainedModel, RuleTable, list[int]]:
    home = folder.models / SETTINGS[question.kind].name
    model = kept(home, "rules", COMMANDS[question.kind])
    table = _table(home, model.version)
    places = np.arange(len(table))
    if question.item is not None:
        if question.label in LABELS and view.row_of(LABELS[question.label], question.item) < 0:
            raise UnknownNode(LABELS[question.label], question.item)
        places = table.about(question.label, question.item, question.side)
    measures = table.measures
    enough = measures["confidence"][places] >= question.least_confidence
    enough &= measures["lift"][places] >= question.least_lift
    places = places[enough]
    order = np.lexsort((places, -measures[question.sort][places]))
    standing = (each for each in places[order].tolist() if _stands(view, table, each))
    return model, table, [rule for rule, _ in zip(standing, range(question.limit), strict=False)]


@lru_cache(maxsize=8)
def _table(home: Path, version: str) -> RuleTable:
    model = read(home, version)
    return RuleTable.of(model.arrays, model.details)


def _stands(view: LiveView, table: RuleTable, rule: int) -> bool:
    """Whether nothing that the rule names has ended since."""
    return all(_is_there(view, *table.items[each]) for each in (*table.first_part(rule).tolist(), table.then[rule]))


def _is_there(view: LiveView, label: str, item_id: str) -> bool:
    if label == PERSON:
        return True
    row = view.row_of(LABELS[label], item_id)
    gone = view.gone(LABELS[label])
    return row >= 0 and not (row < len(gone) and gone[row])


def _names(view: LiveView, table: RuleTable) -> Callable[[int], str | None]:
    def name(item: int) -> str | None:
        label, item_id = table.items[item]
        if label == PERSON:
            return item_id
        kind = LABELS[label]
        row = view.row_of(kind, item_id)
        return view.text(kind, NAMES[kind], row) if row >= 0 else None

    return name


def _item(table: RuleTable, item: int, name_of: Callable[[int], str | None]) -> dict[str, Any]:
    label, item_id = table.items[item]
    return {"label": label, "id": item_id, "name": name_of(item)}


def _told(table: RuleTable, rule: int, name_of: Callable[[int], str | None]) -> dict[str, Any]:
    measures = {name: float(values[rule]) for name, values in table.measures.items()}
    if math.isinf(measures["conviction"]):
        measures["conviction"] = None  # type: ignore[assignment]
    return {
        "if": [_item(table, each, name_of) for each in table.first_part(rule).tolist()],
        "then": _item(table, int(table.then[rule]), name_of),
        "count": int(table.together[rule]),
        **measures,
    }


def _origin(model: TrainedModel, table: RuleTable) -> dict[str, Any]:
    return {
        "by": model.settings["by"],
        "of": model.settings["of"],
        "baskets": table.baskets,
        "support": table.support,
        "warnings": list(table.warnings),
        "created_at": model.created_at,
        "snapshot": model.snapshot_id,
        "model": f"{model.name}@{model.version}",
    }
