"""Drawings of figures as SVG text, to stand inside a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from recommend.evaluation.report import Figure

WIDTH = 760
LEFT = 180
RIGHT = 740
ROW = 28
HEIGHT = 300
LEAST_S = 0.001
"""Seconds are drawn by their logarithm; less than this is drawn as this."""


def with_intervals(points: Sequence[tuple[str, Figure]]) -> str:
    """A row a model: a dot at the mean on a line from ``low`` to ``high``; the axis begins at 0."""
    top = max((each.high for _, each in points), default=0.0) or 1.0
    drawn = []
    for place, (name, figure) in enumerate(points):
        y = ROW * place + ROW // 2
        low, mean, high = (LEFT + (RIGHT - LEFT) * each / top for each in (figure.low, figure.mean, figure.high))
        drawn.append(
            f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
            f'<line x1="{low:.1f}" y1="{y}" x2="{high:.1f}" y2="{y}" stroke="#7b8794" stroke-width="3"/>'
            f'<circle cx="{mean:.1f}" cy="{y}" r="5" fill="#1f5fbf"><title>{figure.mean:.4f}</title></circle>'
        )
    bottom = ROW * len(points)
    axis = f'<line x1="{LEFT}" y1="{bottom}" x2="{RIGHT}" y2="{bottom}" stroke="#1c2430"/>'
    ends = (
        f'<text x="{LEFT}" y="{bottom + 16}">0</text>'
        f'<text x="{RIGHT}" y="{bottom + 16}" text-anchor="end">{top:.3f}</text>'
    )
    return _svg(bottom + 24, [*drawn, axis, ends])


def against_cost(points: Sequence[tuple[str, float, float]]) -> str:
    """A dot a model, higher is better and further left is cheaper.

    Args:
        points: name, seconds (drawn by their logarithm) and quality (from 0) of each.
    """
    logs = [math.log10(max(seconds, LEAST_S)) for _, seconds, _ in points]
    low, high = math.floor(min(logs, default=0.0)), math.floor(max(logs, default=0.0)) + 1
    top = max((quality for _, _, quality in points), default=0.0) or 1.0
    floor = HEIGHT - 30
    drawn = []
    for power in range(low, high + 1):
        x = _along(power, low, high)
        drawn.append(
            f'<line x1="{x:.1f}" y1="20" x2="{x:.1f}" y2="{floor}" stroke="#e3e7ed"/>'
            f'<text x="{x:.1f}" y="{floor + 18}" text-anchor="middle">{10.0**power:g} s</text>'
        )
    for (name, seconds, quality), log in zip(points, logs, strict=True):
        x, y = _along(log, low, high), floor - (floor - 30) * quality / top
        drawn.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#1f5fbf">'
            f"<title>{escape(name)}: {quality:.4f} in {seconds:.1f} s</title></circle>"
            f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{escape(name)}</text>'
        )
    return _svg(HEIGHT, drawn)


def _along(log: float, low: int, high: int) -> float:
    return 60 + (WIDTH - 120) * (log - low) / (high - low)


def _svg(height: int, drawn: Sequence[str]) -> str:
    inside = "\n".join(drawn)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" font-size="12" fill="#1c2430">\n{inside}\n</svg>'
