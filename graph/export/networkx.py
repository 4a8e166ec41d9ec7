"""The graph, or a part of it, as a networkx graph; and that as a file.

Named as the library that it serves; ``import networkx`` inside it finds the library all the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.errors import ExtraMissing, InvalidValue
from graph.export.extract import EVERYTHING, PickedEdges, Picking, pick
from graph.snapshot.properties import properties, time_text
from graph.snapshot.view import LiveView

if TYPE_CHECKING:
    import networkx as nx

MOST_EDGES = 5_000_000
"""Edges of one graph without saying more: networkx takes about 0.75 KB of memory for each."""
MINUTE_MS = 60_000
OURS = ("label", "node_id", "ended")
"""Attributes that every node has, whatever its properties."""


def node_name(label: str, node_id: str) -> str:
    """What a node is called in the graph: ``Product:p1``. No label has a colon, so it can be taken apart again."""
    return f"{label}:{node_id}"


def to_networkx(
    view: LiveView, what: Picking = EVERYTHING, *, with_properties: bool = True, most_edges: int = MOST_EDGES
) -> nx.MultiDiGraph[str]:
    """Copy the graph into networkx.

    Args:
        view: the graph.
        what: which part of it, and what actions weigh.
        with_properties: also copy the nodes' properties; without, nodes have only ``label`` and ``node_id``.
        most_edges: more are refused rather than filling the memory.

    Returns:
        A directed multigraph. A node is named as `node_name` says and has ``label``, ``node_id``, properties in JSON
        types and ``ended: True`` where it was ended. An edge has ``type`` and ``weight`` and, where known, ``at``
        (RFC 3339, to the minute), ``value`` (stars), ``predicate`` and ``inferred``. Nodes come by label and row, edges
        by type, source row and then newest first. ``graph.graph`` holds the snapshot's id.

    Raises:
        InvalidValue: there are more than ``most_edges``; or as `graph.export.extract.pick`.
        UnknownNode: as there.
        ExtraMissing: networkx is not installed.
    """
    library = _library()
    picked = pick(view, what)
    if picked.edge_count > most_edges:
        raise InvalidValue(
            "edges",
            f"{picked.edge_count:,} relationships are more than {most_edges:,}; name labels, types or a node to stay "
            "around, or allow more",
        )
    graph: nx.MultiDiGraph[str] = library.MultiDiGraph(snapshot=view.snapshot_id)
    names = {}
    for label, rows in picked.nodes.items():
        gone = view.gone(label)
        names[label] = np.empty(view.count(label), object)
        for row in rows.tolist():
            node_id = view.id_of(label, row)
            names[label][row] = name = node_name(label, node_id)
            known = _properties(view, label, row) if with_properties else {}
            if len(gone) and gone[row]:
                known["ended"] = True
            graph.add_node(name, label=label, node_id=node_id, **known)
    for edges in picked.edges:
        sources, targets = names[edges.key[0]][edges.source], names[edges.key[2]][edges.target]
        graph.add_edges_from(zip(sources, targets, _attributes(view, edges), strict=True))
    return graph


def _properties(view: LiveView, label: str, row: int) -> dict[str, Any]:
    """A node's properties; one that is called as an attribute of ours gets the label in front: ``segment_label``."""
    known = properties(view, label, row)
    return {f"{label.lower()}_{name}" if name in OURS else name: value for name, value in known.items()}


def _library() -> Any:
    if find_spec("networkx") is None:
        raise ExtraMissing("networkx", "networkx")
    import networkx

    return networkx


def _attributes(view: LiveView, edges: PickedEdges) -> Iterator[dict[str, Any]]:
    """The attributes of each edge."""
    columns: list[tuple[str, list[Any]]] = []
    if edges.minutes is not None:
        minutes, places = np.unique(edges.minutes, return_inverse=True)
        texts = np.array([time_text(each * MINUTE_MS) if each else None for each in minutes.tolist()], object)
        columns.append(("at", texts[places].tolist()))
    if edges.stars is not None:
        columns.append(("value", [None if each != each else each for each in edges.stars.tolist()]))
    if edges.predicate is not None and edges.inferred is not None:
        predicates = view.predicates
        columns.append(("predicate", [predicates[row] for row in edges.predicate.tolist()]))
        columns.append(("inferred", edges.inferred.tolist()))
    for place, weight in enumerate(edges.weight.tolist()):
        found = {"type": edges.key[1], "weight": weight}
        for name, values in columns:
            if values[place] is not None:
                found[name] = values[place]
        yield found


def write_networkx(graph: nx.MultiDiGraph[str], to: Path) -> None:
    """Write a graph to a file, in the form that its ending names.

    Args:
        graph: as `to_networkx` made it.
        to: ``.json`` (node-link: everything comes back as it was) or ``.graphml`` (lists and objects become JSON texts,
            characters that XML cannot hold become U+FFFD; with ``.gz`` behind it, packed).

    Raises:
        InvalidValue: no such form.
    """
    write = FORMS[form_of(to)]
    part = to.with_name("part-" + to.name)  # the ending, which says whether to pack, stays
    try:
        write(graph, part)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def form_of(to: Path) -> str:
    """The ending that says in which form a file is written; one of `FORMS`.

    Raises:
        InvalidValue: no such form.
    """
    ending = "".join(to.suffixes[-2:]) if to.suffix == ".gz" else to.suffix
    if ending not in FORMS:
        raise InvalidValue("file", f"{to.name}: no such form; write one of {', '.join(FORMS)}")
    return ending


def _write_json(graph: nx.MultiDiGraph[str], to: Path) -> None:
    import networkx

    with to.open("w", encoding="utf-8") as file:
        json.dump(networkx.node_link_data(graph, edges="edges"), file, ensure_ascii=False)


def _write_graphml(graph: nx.MultiDiGraph[str], to: Path) -> None:
    import networkx

    networkx.write_graphml_xml(flat(graph), str(to))


FORMS: Mapping[str, Callable[[Any, Path], None]] = {
    ".json": _write_json,
    ".graphml": _write_graphml,
    ".graphml.gz": _write_graphml,
}
"""By the ending of the file."""


def flat(graph: nx.MultiDiGraph[str]) -> nx.MultiDiGraph[str]:
    """A copy whose attributes are numbers, truths and texts that XML can hold; lists and objects become JSON."""
    copy: nx.MultiDiGraph[str] = _library().MultiDiGraph(**graph.graph)
    copy.add_nodes_from((_text(node), _plain(known)) for node, known in graph.nodes(data=True))
    copy.add_edges_from((_text(a), _text(b), _plain(known)) for a, b, known in graph.edges(data=True))
    return copy


def _plain(known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _simple(value) for name, value in known.items()}


def _simple(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    return value if isinstance(value, bool | int | float) else _text(json.dumps(value, ensure_ascii=False))


def _text(value: str) -> str:
    """The text with U+FFFD for what XML 1.0 has no character for."""
    return "".join(each if _is_xml(ord(each)) else "�" for each in value)


def _is_xml(code: int) -> bool:
    return code in {9, 10, 13} or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code > 0xFFFF
