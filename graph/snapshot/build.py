"""From a graph store to a snapshot: its columns are streamed through, one edge set after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from graph.model import EdgeArrays, Rows
from graph.progress import Progress, silent
from graph.schema import EDGE_TYPES, NODE_TYPES, NodeType, Property, Type
from graph.snapshot.actions import KINDS, plain_stamps, stamps
from graph.snapshot.layout import ACTED, CODED_KEYS, NUMBER_TYPES, TIMED_KEYS, EdgeKey, is_action
from graph.snapshot.snapshot import Snapshot
from graph.snapshot.text import text_column
from graph.snapshot.write import Draft, Edges, new_snapshot
from graph.store.port import GraphStore

MINUTE_MS = 60_000

BATCH = 50_000
"""Edges read at a time: larger batches of Python values only fall out of the processor's cache."""

Values = Iterator[tuple[list[int], list[Any]]]


def build_snapshot(store: GraphStore, folder: Path, *, progress: Progress = silent) -> Snapshot:
    """Write a snapshot of everything in a store, as of one moment.

    Args:
        store: read inside one reading transaction.
        folder: gets a folder named after the new snapshot's id; publish it with `graph.snapshot.shelf.Shelf`.
        progress: told which label or edge set is being read.

    Returns:
        The snapshot, mapped from its files.

    Raises:
        StoreError: the store cannot be read, or the folder cannot be written.
    """
    # the reading ends first: a store that finds then that it was not of one moment leaves no snapshot behind
    with new_snapshot(folder) as draft, store.reading():
        draft.position = store.position()
        steps = [*_node_steps(store, draft), *_edge_steps(store, draft)]
        for number, (what, step) in enumerate(steps):
            progress(number / len(steps), what)
            step()
    progress(1.0, "written")
    return Snapshot.open(folder / draft.id, verify=False)


Step = tuple[str, Callable[[], None]]


def _node_steps(store: GraphStore, draft: Draft) -> Iterator[Step]:
    for node in NODE_TYPES:
        if store.node_count(node.label):
            yield node.label, lambda node=node: _add_nodes(store, draft, node)  # type: ignore[misc]


def _edge_steps(store: GraphStore, draft: Draft) -> Iterator[Step]:
    yield "actions", lambda: _add_actions(store, draft)
    for edge in EDGE_TYPES:
        if not is_action(edge.key):
            yield edge.type, lambda key=edge.key: _add_edges(store, draft, key)  # type: ignore[misc]


def _add_nodes(store: GraphStore, draft: Draft, node: NodeType) -> None:
    ids = chain.from_iterable(store.node_ids(node.label))
    count = len(draft.add_nodes(node.label, ids, store.deleted_rows(node.label)))
    for declared in node.properties:
        batches = store.property_values(node.label, declared.name)
        first = next(batches, None)
        if first is not None:
            _add_column(draft, node.label, declared, count, chain([first], batches))


def _add_column(draft: Draft, label: str, declared: Property, count: int, batches: Values) -> None:
    if declared.type in NUMBER_TYPES:
        draft.add_column(label, declared.name, _numbers(count, batches))
    else:
        texts = ((rows, [_text(declared, value) for value in values]) for rows, values in batches)
        draft.add_column(label, declared.name, text_column(count, texts))


def _numbers(count: int, batches: Values) -> NDArray[np.float64]:
    column = np.full(count, np.nan)
    for rows, values in batches:
        column[rows] = values
    return column


def _text(declared: Property, value: Any) -> str:
    return str(value) if declared.type is Type.STRING else orjson.dumps(value).decode()


def _add_actions(store: GraphStore, draft: Draft) -> None:
    draft.add_edges(ACTED, *_together(_actions(store)))


def _actions(store: GraphStore) -> Iterator[Edges]:
    for edge in EDGE_TYPES:
        if is_action(edge.key):
            assert edge.type in KINDS
            for batch in store.edges(edge.key, BATCH):
                yield batch.source, batch.target, stamps(edge.type, _minutes(batch), batch.value)


def _add_edges(store: GraphStore, draft: Draft, key: EdgeKey) -> None:
    batches = ((b.source, b.target, _stamps(key, b)) for b in store.edges(key, BATCH))
    source, target, stamps_ = _together(batches)
    if key in CODED_KEYS and stamps_ is not None:
        source, target, stamps_ = _each_once(source, target, stamps_)
    if len(source):
        draft.add_edges(key, source, target, stamps_)


def _stamps(key: EdgeKey, batch: EdgeArrays) -> NDArray[np.uint32] | None:
    if batch.predicate is not None and batch.inferred is not None:
        return batch.predicate.astype(np.uint32) << np.uint32(1) | batch.inferred.astype(np.uint32)
    return plain_stamps(_minutes(batch)) if key in TIMED_KEYS else None


def _each_once(source: Rows, target: Rows, stamps_: NDArray[np.uint32]) -> Edges:
    """What several origins know is one edge, and stated when one of them states it."""
    order = np.lexsort((stamps_, target, source))
    source, target, stamps_ = source[order], target[order], stamps_[order]
    same = (source[1:] == source[:-1]) & (target[1:] == target[:-1]) & (stamps_[1:] >> 1 == stamps_[:-1] >> 1)
    first = np.append(np.ones(min(1, len(source)), np.bool_), ~same)
    return source[first], target[first], stamps_[first]


def _minutes(batch: EdgeArrays) -> NDArray[np.int64]:
    return batch.at // MINUTE_MS


def _together(batches: Iterator[Edges]) -> Edges:
    parts = list(batches)
    if not parts:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.uint32)
    sources, targets, times = zip(*parts, strict=True)
    timed = [each for each in times if each is not None]
    return np.concatenate(sources), np.concatenate(targets), np.concatenate(timed) if timed else None
