"""Rules of baskets made ready to be asked by product row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.artefact import TrainedModel
from graph.analytics.rules import Of, RuleSettings, RuleTable
from graph.snapshot.view import LiveView
from recommend.query import NO_ROWS, NO_SCORES, Floats, Rows


@dataclass(frozen=True, slots=True)
class ProductRules:
    """Rules from products to a product, by the rows of a view.

    Attributes:
        version: of the mining.
        products: ``(p,)`` int32 rows of the products that rules begin with, rising.
        start: ``(p + 1,)`` int64: where the rules of each begin in ``rules``.
        rules: numbers of rules; one is named by each product that it begins with.
        size: ``(r,)`` int64 products that each begins with.
        then: ``(r,)`` int32 row of the one that follows.
        gain: ``(r,)`` float32 by how much the first part makes the second likelier: confidence less the share of all
            baskets that hold it.
    """

    version: str
    products: Rows
    start: NDArray[np.int64]
    rules: NDArray[np.int64]
    size: NDArray[np.int64]
    then: Rows
    gain: Floats

    def following(self, anchors: Rows) -> tuple[Rows, Floats, Rows]:
        """What rules that begin with nothing but these products lead to: rows, gains, and an anchor that leads there.

        Each row once, with the greatest of its gains; those of the anchors are left out. No order.
        """
        known = anchors[np.isin(anchors, self.products)]
        if not len(known):
            return NO_ROWS, NO_SCORES, NO_ROWS
        places = np.searchsorted(self.products, known)
        met = np.concatenate([self.rules[self.start[each] : self.start[each + 1]] for each in places])
        by = np.repeat(known, self.start[places + 1] - self.start[places])
        rules, first, times = np.unique(met, return_index=True, return_counts=True)
        fit = (times == self.size[rules]) & ~np.isin(self.then[rules], anchors)
        rules, causes = rules[fit], by[first[fit]]
        order = np.lexsort((rules, -self.gain[rules], self.then[rules]))
        rows, best = np.unique(self.then[rules][order], return_index=True)
        return rows, self.gain[rules][order][best], causes[order][best].astype(np.int32)


def rules_of(models: Mapping[str, TrainedModel], view: LiveView) -> ProductRules | None:
    """The rules of products; None where none have been mined. Those of products that the view lacks are left out."""
    model = models.get(RuleSettings.name)
    if model is None or model.settings.get("of") != Of.PRODUCT:
        return None
    table = RuleTable.of(model.arrays, model.details)
    rows = view.rows_of("Product", [item_id for _, item_id in table.items])
    size = np.diff(table.if_start)
    owner = np.repeat(np.arange(len(table)), size)
    unknown = np.bincount(owner, rows[table.if_items] < 0, minlength=len(table)) > 0
    then = rows[table.then]
    kept = ~unknown & (then >= 0)
    entries = kept[owner]
    product, rule = rows[table.if_items][entries], owner[entries]
    order = np.lexsort((rule, product))
    products, begins = np.unique(product[order], return_index=True)
    measures = table.measures
    gain = measures["confidence"] - measures["confidence"] / measures["lift"]
    start = np.append(begins, len(order)).astype(np.int64)
    return ProductRules(
        model.version, products.astype(np.int32), start, rule[order], size, then, gain.astype(np.float32)
    )
