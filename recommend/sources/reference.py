"""Writes ``docs/reference/sources.md``: ``python -m recommend.sources.reference docs/reference/sources.md``."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from recommend.pipeline import PipelineSettings
from recommend.query import CandidateSource
from recommend.rank.fusion import WEIGHTS, WeightedFusion
from recommend.rerank.aversion import Aversion
from recommend.rerank.diversity import Diversity
from recommend.sources import SOURCES

ANSWERS = {
    ("User", "Product"): "feed",
    ("Product", "Product"): "similar products",
    ("User", "Community"): "communities",
    ("User", "User"): "people to follow",
}

HEAD = """# Candidate sources

<!-- made by `python -m recommend.sources.reference docs/reference/sources.md`; do not edit -->

An answer is made in steps: every source that can answer the question offers up to a few hundred candidates; a ranker
adds up what they say; a reranker spaces out categories and brands; the items of the page get their reasons. What the
user did something with already, what has ended or cannot be had, private people, and people whom the user blocked or
muted (and who blocked the user) are left out inside the sources, before the best are taken, so that a full page is
found where there is one.

Which actions count, their weight and their half-life is the setting `recommend.actions`. Ages are counted from the
newest event in the graph.
"""

REASONS = """
## Reasons

Every item carries at least one. Each states facts that stand in the graph's edges; `count` is a number of distinct
people unless the table says otherwise, and where more edges would have to be counted than one answer may cost, the text
says "at least".

| type | says | further fields |
| --- | --- | --- |
| `social` | people whom the user follows did this, or follow them | `action`, `count`, `people` (at most three) |
| `similar` | like a product of the user's, or the page's | `product_id`, `action` of the user's, `count`: chose both |
| `community` | members of a community of the user's did this | `action`, `count` |
| `look` | its picture looks like that of the page's product | `product_id` |
| `category` | in one category with a product of the user's, or the page's | `product_id`, `path` |
| `trending` | people did this in the last 30 days | `action`, `count` |
| `popular` | people did this, or follow this person | `action`, `count` |
| `follows_you` | this person follows the user | `action` |
| `taste` | this person chose products that the user chose | `count`: of products |
| `model` | a model finds it close to the user's taste, and nothing more can be said | |
| `new` | nobody has chosen it, or follows them, yet | `count`: 0 |

A `similar` reason counts people found among the newest two hundred of both products: at least so many chose both.

Who may be named: nobody whose `visibility` is `private` is shown, counted in a social reason, or leads to anything.
People whose `consent.name_in_reasons` is false are never named, and counted only among three or more. Somebody whose
own `consent.personalise` is false gets what is trending: nothing that they did is used.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, *(_source(source) for source in SOURCES)]
    parts.append("\n## Ranking: weighted fusion\n\n" + _paragraph(WeightedFusion) + "\n\n")
    parts.append(_table(("source", "weight"), ((f"`{name}`", f"{weight:g}") for name, weight in WEIGHTS.items())))
    parts.append("\n" + _settings(WeightedFusion(), skip=("weights",)))
    parts.append("\n## Reranking: aversion\n\n" + _paragraph(Aversion) + "\n\n" + _settings(Aversion()))
    parts.append("\n## Reranking: diversity\n\n" + _paragraph(Diversity) + "\n\n" + _settings(Diversity()))
    parts.append("\n## Pipeline\n\n" + _settings(PipelineSettings(), skip=("sources", "fusion", "diversity")))
    parts.append(REASONS)
    return "".join(parts)


def _source(source: CandidateSource) -> str:
    kind = type(source)
    answers = ", ".join(ANSWERS[each] for each in source.targets)
    score = " ".join(inspect.cleandoc(kind.candidates.__doc__ or "").split())
    text = f"\n## `{source.name}`\n\n{_paragraph(kind)} {score}\n\nAnswers: {answers}.\n"
    return text + ("\n" + _settings(source) if fields(source) else "")  # type: ignore[arg-type]


def _paragraph(kind: type) -> str:
    return " ".join(inspect.cleandoc(kind.__doc__ or "").split())


def _settings(config: Any, skip: tuple[str, ...] = ()) -> str:
    notes = dict(_notes(type(config)))
    rows = (
        (f"`{each.name}`", f"`{getattr(config, each.name)}`", notes[each.name])
        for each in fields(config)
        if each.name not in skip
    )
    return _table(("setting", "default", "meaning"), rows)


def _notes(kind: type) -> Iterator[tuple[str, str]]:
    """Each field's name and the text under it."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    for at, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(at, ast.AnnAssign) and isinstance(at.target, ast.Name) and isinstance(below, ast.Expr):
            text = ast.literal_eval(below.value)
            yield at.target.id, " ".join(str(text).split())


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"| {' | '.join('---' for _ in header)} |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
