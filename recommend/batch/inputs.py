"""From the three files of a batch run to what models learn from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from embeddings.data import items_named
from embeddings.training import Rows, TrainingData
from graph.errors import UnreadableFile
from recommend.batch.tables import TextTable, first_line, ids_of, numbers_of, read_table

INTERACTIONS_FORM = "user_id item_id [value] [timestamp]"
FOLLOWS_FORM = "follower_id followee_id"
ATTRIBUTES_FORM = "item_id relation entity_id"
TIME_NAMES = ("time", "date", "when")
USER_NAMES = ("user", "person", "customer", "member", "follower")
ITEM_NAMES = ("item", "product", "artist", "movie", "business", "article")


@dataclass(frozen=True, slots=True)
class BatchInput:
    """What the files hold.

    Attributes:
        user_ids: ids of people by row: those of the interactions first, in order of appearance, then the rest of the
            follow graph.
        item_ids: ids of items by row: those of the interactions first, then items that only have attributes.
        active_count: how many of ``user_ids`` have interactions: those who get recommendations.
        data: the same as rows.
        read: rows read by file.
        notes: what was put right and how, in words.
    """

    user_ids: pa.Array
    item_ids: pa.Array
    active_count: int
    data: TrainingData
    read: dict[str, int]
    notes: tuple[str, ...]


def read_input(interactions: Path, follows: Path | None = None, attributes: Path | None = None) -> BatchInput:
    """Read and check the files.

    Args:
        interactions: TSV ``user_id item_id [value] [timestamp]``; a repeated pair counts once, with its newest time.
        follows: TSV ``follower_id followee_id``; self-follows are dropped, unknown people are kept as links only.
        attributes: TSV ``item_id relation entity_id``, or without the relation; an entity with the id of an item is
            that item.

    Raises:
        UnreadableFile: a file or a row of it cannot be used; it names the line.
    """
    table = read_table(interactions, least=2, most=4, form=INTERACTIONS_FORM)
    _check_sense(table)
    minutes = _minutes_of(table)
    user_cells, item_cells = ids_of(table, 0), ids_of(table, 1)
    user_ids, item_ids = pc.unique(user_cells), pc.unique(item_cells)
    active_count = len(user_ids)
    read = {"interactions": len(table)}
    notes: list[str] = []
    links = _no_pairs()
    if follows is not None:
        links, user_ids = _links(follows, user_ids, read, notes)
    known = _no_attributes()
    if attributes is not None:
        known, item_ids = _attributes(attributes, item_ids, read)
    users, items = _rows(user_cells, user_ids), _rows(item_cells, item_ids)
    users, items, minutes = _distinct(users, items, minutes, len(item_ids))
    if len(users) < len(table):
        notes.append(f"{len(table) - len(users)} repeated pairs of user and item count once")
    data = TrainingData(
        user_count=len(user_ids),
        item_count=len(item_ids),
        users=users,
        items=items,
        minutes=minutes,
        weights=None,
        followers=links[0],
        followees=links[1],
        attribute_items=known.items,
        attribute_entities=known.entities,
        attribute_relations=known.relations,
        attribute_count=known.entity_count,
        relation_count=known.relation_count,
        entity_items=known.entity_items,
    )
    return BatchInput(user_ids, item_ids, active_count, data, read, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Attributes:
    items: Rows
    entities: Rows
    relations: Rows
    entity_count: int
    relation_count: int
    entity_items: Rows | None = None


def _no_pairs() -> tuple[Rows, Rows]:
    return np.empty(0, np.int32), np.empty(0, np.int32)


def _no_attributes() -> _Attributes:
    return _Attributes(*_no_pairs(), np.empty(0, np.int32), 0, 0)


def _rows(cells: pa.ChunkedArray, ids: pa.Array) -> Rows:
    return np.asarray(pc.index_in(cells, value_set=ids).to_numpy(), np.int32)


def _grown(ids: pa.Array, *more: pa.ChunkedArray) -> pa.Array:
    chunks = [ids] + [chunk for cells in more for chunk in cells.chunks]
    return pc.unique(pa.chunked_array(chunks, pa.string()))


def _check_sense(table: TextTable) -> None:
    first, second = (name.lower() for name in table.header[:2])
    if any(word in first for word in ITEM_NAMES) and any(word in second for word in USER_NAMES):
        reason = f"its columns are {table.header[0]} and {table.header[1]}"
        raise UnreadableFile(table.path, reason, f"put them in the order {INTERACTIONS_FORM}", 1)


def _is_time(name: str) -> bool:
    lowered = name.lower()
    return lowered in ("at", "ts") or any(word in lowered for word in TIME_NAMES)


def _minutes_of(table: TextTable) -> NDArray[np.int64] | None:
    """Minutes since 1970 of each row; values are checked on the way."""
    minutes = None
    for column in range(2, len(table.header)):
        if _is_time(table.header[column]) or column == 3:
            minutes = _times(table, column)
        else:
            numbers_of(table, column)
    return minutes


def _times(table: TextTable, column: int) -> NDArray[np.int64]:
    first = table.columns[column][0].as_py()
    if re.match(r"\d{4}-\d\d-\d\d", first):
        seconds = _written_times(table, column)
    else:
        seconds = numbers_of(table, column)
        if np.median(np.abs(seconds)) > 1e11:
            seconds = seconds / 1000.0
    wrong = np.flatnonzero((seconds < 0) | (seconds > datetime.now(UTC).timestamp() + 86400))
    if len(wrong):
        place = int(wrong[0])
        reason = f"{table.header[column]} {table.columns[column][place].as_py()} lies before 1970 or in the future"
        raise UnreadableFile(table.path, reason, "write seconds since 1970 or an RFC 3339 time", place + 2)
    return np.asarray(seconds // 60, np.int64)


def _written_times(table: TextTable, column: int) -> NDArray[np.float64]:
    seconds = np.empty(len(table), np.float64)
    for place, text in enumerate(table.columns[column].to_pylist()):
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            reason = f"{table.header[column]} {text!r} is not a time"
            raise UnreadableFile(table.path, reason, "write 2026-11-22T10:00:00Z", place + 2) from error
        seconds[place] = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return seconds


def _distinct(
    users: Rows, items: Rows, minutes: NDArray[np.int64] | None, item_count: int
) -> tuple[Rows, Rows, NDArray[np.int64] | None]:
    """One entry a pair, sorted by user and item, with the newest time."""
    keys = users.astype(np.int64) * item_count + items
    order = np.argsort(keys, kind="stable") if minutes is None else np.lexsort((-minutes, keys))
    first = np.concatenate(([True], np.diff(keys[order]) > 0))
    kept = order[first]
    return users[kept], items[kept], None if minutes is None else minutes[kept]


def _links(
    path: Path, user_ids: pa.Array, read: dict[str, int], notes: list[str]
) -> tuple[tuple[Rows, Rows], pa.Array]:
    table = read_table(path, least=2, most=4, form=FOLLOWS_FORM)
    read["follows"] = len(table)
    source, target = ids_of(table, 0), ids_of(table, 1)
    known = pc.or_(pc.is_in(source, value_set=user_ids), pc.is_in(target, value_set=user_ids))
    if first_line(known) is None:
        reason = f"none of its people is in the interactions (the first is {source[0].as_py()!r})"
        raise UnreadableFile(path, reason, "check that both files use the same ids")
    grown = _grown(user_ids, source, target)
    followers, followees = _rows(source, grown), _rows(target, grown)
    keys = np.unique((followers.astype(np.int64) * len(grown) + followees)[followers != followees])
    if dropped := len(table) - len(keys):
        notes.append(f"{dropped} repeated follows or follows of oneself were dropped")
    return ((keys // len(grown)).astype(np.int32), (keys % len(grown)).astype(np.int32)), grown


def _attributes(path: Path, item_ids: pa.Array, read: dict[str, int]) -> tuple[_Attributes, pa.Array]:
    table = read_table(path, least=2, most=3, form=ATTRIBUTES_FORM)
    read["attributes"] = len(table)
    item_cells, entity_cells = ids_of(table, 0), ids_of(table, len(table.header) - 1)
    if first_line(pc.is_in(item_cells, value_set=item_ids)) is None:
        reason = f"none of its items is in the interactions (the first is {item_cells[0].as_py()!r})"
        raise UnreadableFile(path, reason, f"expected {ATTRIBUTES_FORM} with the same ids")
    grown = _grown(item_ids, item_cells)
    relations, relation_count = np.zeros(len(table), np.int32), 1
    if len(table.header) == 3:
        names = pc.unique(ids_of(table, 1))
        relations, relation_count = _rows(table.columns[1], names), len(names)
    entities, entity_ids = _entities(entity_cells, relations)
    rows = np.unique(np.stack([_rows(item_cells, grown), relations, entities], axis=1), axis=0)
    items, relations, entities = (np.ascontiguousarray(rows[:, place]) for place in range(3))
    themselves = np.asarray(pc.fill_null(pc.index_in(entity_ids, value_set=grown), -1).to_numpy(), np.int32)
    entity_items = items_named(themselves, entity_ids.to_pylist(), entities, relations)
    return _Attributes(items, entities, relations, len(entity_ids), relation_count, entity_items), grown


def _entities(cells: pa.ChunkedArray, relations: Rows) -> tuple[Rows, pa.Array]:
    """Rows of entities and their ids by row. An id under two relations is two entities: brand 7 is not category 7."""
    ids = pc.unique(cells)
    keys, entities = np.unique(relations.astype(np.int64) * len(ids) + _rows(cells, ids), return_inverse=True)
    return entities.astype(np.int32), ids.take(pa.array(keys % len(ids)))
