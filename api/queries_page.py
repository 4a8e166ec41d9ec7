"""The reference page of the named queries, from their front matter and recorded examples."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graph.queries import NamedQuery, catalogue
from graph.query_parameters import parameter

EXAMPLES = "query-examples.json"
SHOWN = 3
"""Rows of an example."""

CATALOGUE = ("analyse", "traverse")
"""Folders whose queries are for people; the others are the program's own."""

HEAD = """# Named queries

Questions to the graph in Cypher, ready to be asked: `tastegraph cypher run NAME --param name=value`, or
`POST /v1/queries/NAME` with the parameters as a JSON object. Both need a Neo4j server
(`TASTEGRAPH_STORE__URL`). Each stands in a file of its own under `cypher/`, and runs as it is in Neo4j Browser and
cypher-shell once its parameters are set.

`actions` says which relationship types count. Times come in as RFC 3339 and go out as milliseconds since 1970;
`now` is by default the newest event in the graph, so that an archive has a present too.
"""
TITLES = {
    "analyse": "Questions of analysts",
    "traverse": "The candidate sources, in Cypher",
}
EXPLAINED = {
    "analyse": "",
    "traverse": "Each gives what the in-memory source that it names gives, from the same graph.\n\n",
}


def public_queries() -> Iterator[NamedQuery]:
    """The queries that users may ask by name, by folder and name."""
    yield from (each for folder in CATALOGUE for each in catalogue().values() if each.folder == folder)


def queries_page(examples: Mapping[str, Mapping[str, Any]]) -> str:
    """The page.

    Args:
        examples: recorded by `api.query_examples`: parameters, columns and rows by query.
    """
    parts = [HEAD]
    for folder in CATALOGUE:
        parts.append(f"\n## {TITLES[folder]}\n\n{EXPLAINED[folder]}")
        parts += [_section(each, examples.get(each.name)) for each in public_queries() if each.folder == folder]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def recorded(folder: Path) -> dict[str, dict[str, Any]]:
    """The examples that stand beside the page."""
    path = folder / EXAMPLES
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def _section(each: NamedQuery, example: Mapping[str, Any] | None) -> str:
    text = f"### {each.name}\n\n{each.summary}\n\n"
    if each.same_as:
        text += f"Same as `{each.same_as}`. "
    text += f"Cost: {each.cost}.\n\n"
    read = [parameter(each.name, name, line) for name, line in each.parameters.items()]
    if read:
        text += _table(("parameter", "type", "meaning"), [(f"`{p.name}`", p.type, p.described()) for p in read]) + "\n"
    columns = ((f"`{name}`", *line.partition(", ")[::2]) for name, line in each.columns.items())
    text += _table(("column", "type", "meaning"), list(columns))
    if example is not None:
        text += f"\n{_example(example)}"
    return text


def _example(example: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in example["given"].items())
    rows = [[json.dumps(cell, ensure_ascii=False) for cell in row] for row in example["rows"][:SHOWN]]
    on = f"On the {example['graph']} graph" + (f", with {given}" if given else "")
    if not rows:
        return f"{on}: no rows.\n"
    return f"{on}:\n\n" + _table(tuple(example["columns"]), rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
