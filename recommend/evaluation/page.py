"""Evaluations as one HTML page that is readable offline: own CSS, drawings inside the page, no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from recommend.evaluation.plots import against_cost, with_intervals
from recommend.evaluation.report import SHOWN, Evaluation, ModelResult

BEYOND = ("coverage", "gini", "novelty")
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2430; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid #d8dde5; }
th:first-child, td:first-child { text-align: left; }
tr.published td { color: #6a5310; background: #fdf8e8; }
small { color: #5b6675; display: block; }
svg { width: 100%; height: auto; }
"""


def page(evaluations: Sequence[Evaluation]) -> str:
    """One HTML document with a chapter an evaluation: its tables and its drawings.

    Figures of others stand in rows of their own, marked as published, and are in no drawing.
    """
    chapters = "\n".join(_chapter(each) for each in evaluations)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Models measured</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Models measured</h1>\n"
        f"{chapters}\n</body>\n</html>\n"
    )


def _chapter(found: Evaluation) -> str:
    k = max(found.ks)
    recall = f"recall@{k}"
    ranked = f"{found.negatives} drawn items" if found.negatives else f"all {found.items} items"
    points = [(each.model, each.figures[recall]) for each in found.results]
    costs = [(each.model, each.train_s, each.figures[recall].mean) for each in found.results]
    parts = [
        f"<h2>{escape(found.name)}</h2>",
        f"<p>{found.users} people, {ranked} ranked, {found.interactions} interactions learnt from, seed {found.seed}. "
        f"{escape(found.manner)}</p>",
        _quality(found, k),
        f"<h3>{recall} with its 95 % interval</h3>",
        with_intervals(points),
        f"<h3>{recall} against seconds of training</h3>",
        against_cost(costs),
        _settings(found.results),
    ]
    parts += [f"<p>{escape(name)} was left out: {escape(reason)}</p>" for name, reason in found.skipped]
    return "<section>\n" + "\n".join(parts) + "\n</section>"


def _quality(found: Evaluation, k: int) -> str:
    names = [f"{metric}@{k}" for metric in SHOWN]
    about = [f"{name}@{k}" for name in BEYOND if all(f"{name}@{k}" in each.beyond for each in found.results)]
    head = ["model", *names, *about, "training s", "scoring s"]
    rows = [_measured(each, names, about) for each in found.results]
    for model, figures in found.published:
        cells = [f"{figures[name]:.4f}" if name in figures else "" for name in names]
        rows.append(_row([f"{escape(model)} (published)", *cells, *("" for _ in about), "", ""], "published"))
    headings = "".join(f"<th>{escape(each)}</th>" for each in head)
    return f"<table>\n<tr>{headings}</tr>\n" + "\n".join(rows) + "\n</table>"


def _measured(result: ModelResult, names: Sequence[str], about: Sequence[str]) -> str:
    figures = [result.figures[name] for name in names]
    cells = [f"{each.mean:.4f}<small>{each.low:.4f} to {each.high:.4f}</small>" for each in figures]
    others = [f"{result.beyond[name]:.3f}" for name in about]
    return _row([escape(result.model), *cells, *others, f"{result.train_s:.1f}", f"{result.score_s:.1f}"])


def _settings(results: Sequence[ModelResult]) -> str:
    lines = []
    for each in results:
        settings = ", ".join(f"{name}={value}" for name, value in each.settings.items()) or "no settings"
        note = f"; {each.note}" if each.note else ""
        lines.append(f"<li><b>{escape(each.model)}</b>: {escape(settings + note)}</li>")
    return "<h3>Settings</h3>\n<ul>\n" + "\n".join(lines) + "\n</ul>"


def _row(cells: Sequence[str], kind: str = "") -> str:
    return f'<tr class="{kind}">' + "".join(f"<td>{each}</td>" for each in cells) + "</tr>"
