"""Association rules: groceries with the counts that are known, and what one person rated on Epinions."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from benchmarks.harness import Measure, alone, peak_gib

PLAIN: dict[str, Any] = {"lift": 0.0, "largest": 10, "redundant": True}


def rules(_work: Path) -> list[Measure]:
    return [*alone(_groceries), *alone(_epinions)]


def _baskets(name: str) -> Any:
    from graph.analytics.rules import Baskets, By, Of
    from graph.datasets import dataset

    table = dataset(name).interactions()
    people, rows = np.unique(table.users, return_inverse=True)
    items, columns = np.unique(table.items, return_inverse=True)
    held = sp.csr_array((np.ones(len(rows), np.int32), (rows, columns)), shape=(len(people), len(items)))
    held.data[:] = 1
    return Baskets(By.PERSON, Of.PRODUCT, [("product", str(each)) for each in items], held)


def _mined(baskets: Any, settings: Any) -> tuple[Any, float]:
    from graph.analytics.rules import mine

    start = time.perf_counter()
    table = mine(baskets, settings)
    return table, time.perf_counter() - start


def _groceries() -> list[Measure]:
    from graph.analytics.rules import RuleSettings

    baskets = _baskets("groceries")
    many = RuleSettings(support=0.001, confidence=0.8, **PLAIN)
    _mined(baskets, many)
    found, seconds = _mined(baskets, many)
    apriori, apriori_s = _mined(baskets, replace(many, support=0.006, confidence=0.25, method="apriori"))
    usual, _ = _mined(baskets, RuleSettings())
    return [
        Measure("groceries: rules at support 0.001, confidence 0.8 (arules: 410)", len(found), ""),
        Measure("groceries: the same, FP-Growth", seconds, "s"),
        Measure("groceries: rules at 0.006 and 0.25 (known: 463)", len(apriori), ""),
        Measure("groceries: the same, Apriori", apriori_s, "s"),
        Measure("groceries: support where nothing is said", usual.support, ""),
        Measure("groceries: rules there", len(usual), ""),
    ]


def _epinions() -> list[Measure]:
    from graph.analytics.rules import RuleSettings

    baskets = _baskets("epinions")
    before = peak_gib()
    found, seconds = _mined(baskets, RuleSettings())
    return [
        Measure("Epinions: 22,164 people, what each rated, mined", seconds, "s"),
        Measure("Epinions: rules", len(found), ""),
        Measure("Epinions: support that was taken", found.support, ""),
        Measure("Epinions: memory beyond the data", peak_gib() - before, "GiB"),
    ]
