"""Rules as a graph, and the graph as a drawing that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from graph.analytics.rules.table import RuleTable

WIDTH, HEIGHT = 960, 680
MARGIN = 70
STEPS = 300
GRAVITY = 4.0
"""Pull towards the middle."""
PALE, STRONG = (214, 224, 240), (176, 42, 48)
"""Colours of the least and of the greatest lift that is drawn."""
SMALLEST, LARGEST = 4.0, 14.0
"""Radius of a rule, by its support."""


@dataclass(frozen=True, slots=True)
class RuleGraph:
    """Items and rules as nodes: an item leads to the rules that begin with it, a rule to the item that follows.

    Attributes:
        items: numbers of the items, in the order of the first nodes.
        rules: numbers of the rules, which are the nodes behind them.
        links: ``(l, 2)`` places of nodes, from and to.
        places: ``(n, 2)`` where each node is drawn, in ``[0, 1]``.
    """

    items: Sequence[int]
    rules: Sequence[int]
    links: NDArray[np.int64]
    places: NDArray[np.float64]


def graph_of(table: RuleTable, rules: Sequence[int], *, seed: int = 0) -> RuleGraph:
    """The graph of some rules, laid out by forces; the same seed gives the same picture."""
    parts = [table.first_part(each).tolist() for each in rules]
    thens = [int(table.then[each]) for each in rules]
    items = sorted({item for part in parts for item in part} | set(thens))
    node = {item: place for place, item in enumerate(items)}
    links = [
        link
        for place, (part, then) in enumerate(zip(parts, thens, strict=True), len(items))
        for link in (*((node[item], place) for item in part), (place, node[then]))
    ]
    pairs = np.array(links, np.int64).reshape(-1, 2)
    count = len(items) + len(parts)
    return RuleGraph(items, list(rules), pairs, _laid_out(count, pairs, np.random.default_rng(seed)))


def _laid_out(count: int, links: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Nodes push each other away and links pull: Fruchterman and Reingold, 1991; O(n²) a step."""
    place = rng.random((count, 2))
    if count < 2:
        return np.full((count, 2), 0.5)
    far = np.sqrt(1.0 / count)
    for step in range(STEPS):
        apart = place[:, None] - place[None]
        distance = np.maximum(np.linalg.norm(apart, axis=2), 1e-6)
        push = (apart * (far**2 / distance**2)[:, :, None]).sum(axis=1)
        along = place[links[:, 0]] - place[links[:, 1]]
        pull = along * (np.linalg.norm(along, axis=1, keepdims=True) / far)
        np.add.at(push, links[:, 0], -pull)
        np.add.at(push, links[:, 1], pull)
        push -= GRAVITY * (place - 0.5)  # parts that no link joins stay in the picture
        length = np.maximum(np.linalg.norm(push, axis=1, keepdims=True), 1e-9)
        place += push / length * np.minimum(length, 0.1 * (1 - step / STEPS))
    low, high = place.min(axis=0), place.max(axis=0)
    return np.asarray((place - low) / np.maximum(high - low, 1e-9))


def drawing(table: RuleTable, graph: RuleGraph, name_of: Callable[[int], str]) -> str:
    """The graph as SVG: a dot a rule, larger with its support and redder with its lift; items are words.

    Args:
        table: what the rules say.
        graph: of some of its rules.
        name_of: what an item is called.
    """
    x = MARGIN + graph.places[:, 0] * (WIDTH - 2 * MARGIN)
    y = MARGIN + graph.places[:, 1] * (HEIGHT - 2 * MARGIN)
    size = _shares(table.measures["support"][list(graph.rules)])
    colour = _shares(table.measures["lift"][list(graph.rules)])
    drawn = [_arrow(x[a], y[a], x[b], y[b]) for a, b in graph.links.tolist()]
    for place, rule in enumerate(graph.rules):
        node = len(graph.items) + place
        radius = SMALLEST + (LARGEST - SMALLEST) * size[place]
        drawn.append(
            f'<circle cx="{x[node]:.1f}" cy="{y[node]:.1f}" r="{radius:.1f}" fill="{_colour(colour[place])}">'
            f"<title>{escape(sentence(table, rule, name_of))}</title></circle>"
        )
    for place, item in enumerate(graph.items):
        drawn.append(
            f'<text x="{x[place]:.1f}" y="{y[place] + 4:.1f}" text-anchor="middle" stroke="#fff" stroke-width="4" '
            f'paint-order="stroke">{escape(name_of(item))}</text>'
        )
    head = (
        '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#9aa5b1"/></marker></defs>'
    )
    inside = "\n".join([head, *drawn])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="13" fill="#1c2430">\n{inside}\n</svg>\n'
    )


def sentence(table: RuleTable, rule: int, name_of: Callable[[int], str]) -> str:
    """A rule in words and figures."""
    first = " + ".join(name_of(each) for each in table.first_part(rule).tolist())
    measures = table.measures
    return (
        f"{first} → {name_of(int(table.then[rule]))}: in {measures['support'][rule]:.2%} of the baskets, confidence "
        f"{measures['confidence'][rule]:.0%}, lift {measures['lift'][rule]:.2f}"
    )


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    reach = float(np.ptp(values)) if len(values) else 0.0
    return np.asarray((values - values.min()) / reach) if reach > 0 else np.full(len(values), 0.5)


def _colour(share: float) -> str:
    parts = (round(pale + (strong - pale) * share) for pale, strong in zip(PALE, STRONG, strict=True))
    return "#" + "".join(f"{each:02x}" for each in parts)


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    length = max(float(np.hypot(x2 - x1, y2 - y1)), 1e-9)
    part = max(0.5, 1 - LARGEST / length)  # the head stays outside what it points at
    x2, y2 = x1 + (x2 - x1) * part, y1 + (y2 - y1) * part
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#c3ccd6" stroke-width="1.3" '
        'marker-end="url(#to)"/>'
    )
