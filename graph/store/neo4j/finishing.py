"""The last step of an offline import: what files for it cannot hold is put in when the store is first opened."""

from __future__ import annotations

from graph.queries import query
from graph.schema import NODE_TYPES, Type
from graph.store.neo4j.connection import Neo4jServer
from graph.store.neo4j.reading import node_count

ROWS = 50_000
"""Rows of a label that one transaction looks through."""


def finish_import(server: Neo4jServer) -> bool:
    """Give an imported database its empty lists; of one that is finished, or was not imported, nothing is changed.

    Interrupted, it is done again from the start, which changes nothing that is done already. The constraint on rows
    must be there, or each range goes over all nodes.

    Returns:
        Whether there was anything to finish.

    Raises:
        StoreError: the server does not answer, or refuses.
    """
    if server.rows(query("unfinished_import")) != [(True,)]:
        return False
    for node in NODE_TYPES:
        for declared in node.properties:
            if declared.type is Type.IDS:
                _finish(server, node.label, declared.name)
    server.rows(query("finish_import"), write=True)
    return True


def _finish(server: Neo4jServer, label: str, name: str) -> None:
    text = query("finish_lists", label=label, property=name)
    for first in range(0, node_count(server, label), ROWS):
        server.rows(text, {"first": first, "end": first + ROWS, "name": name}, write=True)
