"""The graph, or a part of it, as a `torch_geometric.data.HeteroData`. The one way out into PyG; brings torch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from graph.errors import InvalidValue
from graph.export.extract import EVERYTHING, PickedEdges, Picking, pick
from graph.model import Rows
from graph.schema import NODES
from graph.snapshot.view import LiveView

with warnings.catch_warnings():  # importing PyG 2.8 compiles scripts, which torch 2.15 calls out of date
    warnings.simplefilter("ignore")
    from torch_geometric.data import HeteroData

Tables = Mapping[str, NDArray[np.float32]]


def to_hetero_data(view: LiveView, what: Picking = EVERYTHING, *, tables: Tables | None = None) -> HeteroData:
    """Copy the graph into PyG.

    Args:
        view: the graph.
        what: which part of it, and what actions weigh.
        tables: ``(n, dim)`` float32 vectors by label, such as `embeddings.artefact.TrainedModel.tables`; they become
            ``x``. Rows newer than a table get zeros.

    Returns:
        For each label that has nodes: ``num_nodes``, ``rows`` ``(n,)`` int64 of the view, ``node_id`` (a list of
        ids), ``numbers`` ``(n, k)`` float64 of the properties in ``number_names``, NaN where missing, and ``x`` where a
        table is given. For each edge type ``(source, type, target)``: ``edge_index`` ``(2, m)`` int64, ``edge_weight``
        ``(m,)`` float32 and, where known, ``time`` ``(m,)`` int64 minutes since 1970 (0 where unknown), ``stars``
        float32 (NaN where there are none), ``predicate`` int64 into ``data.predicates``, ``inferred`` bool. Edges point
        as in the graph; `torch_geometric.transforms.ToUndirected` adds the way back.

    Raises:
        InvalidValue: a table is no table of that label; or as `graph.export.extract.pick`.
        UnknownNode: as there.
    """
    picked = pick(view, what)
    data = HeteroData()
    data.snapshot = view.snapshot_id
    places = {}
    for label, rows in picked.nodes.items():
        places[label] = np.zeros(view.count(label), np.int64)
        places[label][rows] = np.arange(len(rows))
        _add_nodes(data[label], view, label, rows, (tables or {}).get(label))
    for edges in picked.edges:
        ends = np.stack([places[edges.key[0]][edges.source], places[edges.key[2]][edges.target]])
        _add_edges(data[edges.key], edges, torch.from_numpy(ends))
    if any(edges.predicate is not None for edges in picked.edges):
        data.predicates = view.predicates
    return data


def _add_nodes(store: Any, view: LiveView, label: str, rows: Rows, table: NDArray[np.float32] | None) -> None:
    store.num_nodes = len(rows)
    store.rows = torch.from_numpy(rows.astype(np.int64))
    store.node_id = view.ids_of(label, rows)
    named = [(each.name, view.number(label, each.name)) for each in NODES[label].properties]
    columns = [(name, column[rows]) for name, column in named if column is not None]
    if columns:
        store.number_names = [name for name, _ in columns]
        store.numbers = torch.from_numpy(np.stack([column for _, column in columns], axis=1))
    if table is not None:
        store.x = torch.from_numpy(_vectors(label, table, rows))


def _vectors(label: str, table: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
    if table.ndim != 2 or table.dtype != np.float32:
        raise InvalidValue("tables", f"{label}: expected rows of float32, got {table.shape} {table.dtype}")
    vectors = np.zeros((len(rows), table.shape[1]), np.float32)
    known = rows < len(table)
    vectors[known] = table[rows[known]]
    return vectors


def _add_edges(store: Any, edges: PickedEdges, ends: torch.Tensor) -> None:
    store.edge_index = ends
    store.edge_weight = torch.from_numpy(edges.weight)
    if edges.minutes is not None:
        store.time = torch.from_numpy(edges.minutes)
    if edges.stars is not None:
        store.stars = torch.from_numpy(edges.stars)
    if edges.predicate is not None and edges.inferred is not None:
        store.predicate = torch.from_numpy(edges.predicate.astype(np.int64))
        store.inferred = torch.from_numpy(edges.inferred)


def save_hetero_data(data: HeteroData, to: Path) -> None:
    """Write with `torch.save`; the file is there when it is whole.

    ``torch.load(FILE, weights_only=False)`` reads it.
    """
    part = to.with_name(to.name + ".part")
    try:
        torch.save(data, part)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
