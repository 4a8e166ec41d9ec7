"""The table of models on their reference page; ``python -m embeddings.models_page PAGE`` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

from embeddings.models import MODELS
from embeddings.training import settings_of

BEGIN, END = "<!-- models: begin -->\n", "<!-- models: end -->\n"


def table() -> str:
    """One row a model: name, what it does, settings with their defaults, torch, source."""
    rows = ["| name | what it does | settings | torch | source |", "| --- | --- | --- | --- | --- |"]
    for kind in MODELS:
        settings = ", ".join(f"`{name}={value}`" for name, value in settings_of(kind()).items())
        rows.append(
            f"| `{kind.name}` | {kind.summary} | {settings} | {'yes' if kind.needs_torch else 'no'} | {kind.source} |"
        )
    return "\n".join(rows) + "\n"


def with_table(page: str) -> str:
    """The page with its table written anew, between the two marks."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + table() + END + tail


def main() -> None:
    """Write the page that is named on the command line."""
    page = Path(sys.argv[1])
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
