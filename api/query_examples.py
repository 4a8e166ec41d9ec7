"""Records answers of the named queries for their reference page: ``python -m api.query_examples docs/reference Ciao``.

The settings name the server (``TASTEGRAPH_STORE__URL``) and the data folder; the name is that of the graph there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from api.asking import Asker
from api.queries_page import EXAMPLES, SHOWN, public_queries
from api.settings import Settings
from api.wiring import newest_of, open_asker, open_folder
from graph.store.neo4j.connection import Neo4jServer

SUBJECTS = """MATCH (user:User)-[:FOLLOWS]->(other:User)
WITH user, other ORDER BY COUNT { (user)-[:RATED]->() } * COUNT { (user)-[:FOLLOWS]->() } DESC, user.id,
  COUNT { (other)-[:RATED]->() } DESC, other.id LIMIT 1
MATCH (other)-[r:RATED]->(product:Product)-[:IN_CATEGORY]->(category:Category)
WHERE r.value >= 4 AND NOT EXISTS { (user)-[:RATED]->(product) }
RETURN user.id AS user_id, other.id AS other_id, product.id AS product_id, category.id AS category_id,
  user.community AS community
ORDER BY COUNT { (product)<-[:RATED]-() } DESC, product.id LIMIT 1"""
"""Somebody with much to tell, one whom they follow, and what that one likes that they do not have."""

ACTED = ("BOUGHT", "LIKED", "RATED")


def record(asker: Asker, server: Neo4jServer, graph: str) -> dict[str, dict[str, Any]]:
    """What every public query answers about one graph: parameters, columns and the first rows, by query.

    Args:
        asker: asks.
        server: the same, for choosing whom to ask about.
        graph: its name, for the reader.
    """
    (found,) = server.rows(SUBJECTS)
    subjects = dict(zip(("user_id", "other_id", "product_id", "category_id", "community"), found, strict=True))
    subjects["segment_id"] = "none"
    there = {name for (name,) in server.rows("CALL db.relationshipTypes()")}
    subjects["actions"] = [name for name in ACTED if name in there]
    examples = {}
    for each in public_queries():
        given = {name: value for name, value in subjects.items() if name in each.parameters}
        if each.parameters.get("actions", "").startswith("MAP"):
            given["actions"] = dict.fromkeys(given["actions"], 1.0)
        answer = asker.ask_named(each.name, given, limit=SHOWN)
        rows = [[_short(cell) for cell in row] for row in answer["rows"][:SHOWN]]
        examples[each.name] = {"graph": graph, "given": given, "columns": answer["columns"], "rows": rows}
    return examples


def _short(cell: Any) -> Any:
    """As it is worth printing: six digits of a number, the first few of a list."""
    if isinstance(cell, float):
        return float(f"{cell:.6g}")
    return [*cell[:SHOWN], "…"] if isinstance(cell, list) and len(cell) > SHOWN else cell


def main(folder: Path, graph: str) -> None:
    """Record into the folder of the reference pages."""
    settings = Settings()
    asker = open_asker(settings, newest_of(open_folder(settings)))
    assert asker.server is not None, "set TASTEGRAPH_STORE__URL and its password"
    examples = record(asker, asker.server, graph)
    (folder / EXAMPLES).write_text(json.dumps(examples, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
