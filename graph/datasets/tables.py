"""Reading the tables of a catalogue entry into columns of ids."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from graph.datasets.entry import AttributeSource, FollowSource, InteractionSource
from graph.datasets.split import Pairs, Table, Triples
from graph.load.mapping import Mapping, MappingFile, Source
from graph.load.reading import read_rows
from graph.load.rows import Rows


def read_interactions(source: InteractionSource, path: Path) -> Table:
    """Users, items, and where the source names them values and minutes."""
    users: list[str] = []
    items: list[str] = []
    values: list[float] = []
    minutes: list[int] = []
    for rows in _rows(source, path):
        users += _ids(rows, source.user, source.whole_ids)
        items += _ids(rows, source.item, source.whole_ids)
        if source.value:
            values += [float(value) for value in rows.columns[source.value]]
        if source.unix_s:
            minutes += [int(float(value)) // 60 for value in rows.columns[source.unix_s]]
    return Table(users, items, values if source.value else None, minutes if source.unix_s else None)


def read_follows(source: FollowSource, path: Path) -> Pairs:
    """Followers and followees."""
    followers: list[str] = []
    followees: list[str] = []
    for rows in _rows(source, path):
        followers += _ids(rows, source.follower, source.whole_ids)
        followees += _ids(rows, source.followee, source.whole_ids)
    return followers, followees


def read_attributes(source: AttributeSource, path: Path, same: dict[str, str] | None = None) -> Triples:
    """Items, relations and entities; one row may name several entities.

    Args:
        source: how to read it.
        path: the file.
        same: ids of items by the id of the entity that is the item; None where none is one.
    """
    same = same or {}
    items: list[str] = []
    relations: list[str] = []
    entities: list[str] = []
    for rows in _rows(source, path):
        heads = _ids(rows, source.item, source.whole_ids)
        named = rows.columns[source.relation_column] if source.relation_column else [source.relation] * len(rows)
        for item, relation, tail in zip(heads, named, _ids(rows, source.entity, source.whole_ids), strict=True):
            tails = tail.split(source.split) if source.split else [tail]
            known = [same.get(each) or source.prefix + each for each in tails if each]
            items += [item] * len(known)
            relations += [str(relation)] * len(known)
            entities += known
    return items, relations, entities


def same_items(names: Path, item_names: Path) -> dict[str, str]:
    """Which entities are items: both files hold one name a line, and line numbers from 0 are the ids."""
    items = {name: str(row) for row, name in enumerate(_lines(item_names))}
    return {str(row): items[name] for row, name in enumerate(_lines(names)) if name in items}


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [line.strip() for line in lines]


def joined(parts: Sequence[Table]) -> Table:
    """Tables one after the other; values and minutes only where all have them."""
    values = [value for part in parts for value in part.values or ()]
    minutes = [minute for part in parts for minute in part.minutes or ()]
    return Table(
        [user for part in parts for user in part.users],
        [item for part in parts for item in part.items],
        values if all(part.values is not None for part in parts) else None,
        minutes if all(part.minutes is not None for part in parts) else None,
    )


def chained(parts: Sequence[Triples]) -> Triples:
    """Triples one after the other."""
    return (
        [item for part in parts for item in part[0]],
        [relation for part in parts for relation in part[1]],
        [entity for part in parts for entity in part[2]],
    )


def _rows(source: Source, path: Path) -> Iterator[Rows]:
    mapping = Mapping(path, path.parent, MappingFile.model_construct())
    return read_rows(source, path, mapping, "split")


def _ids(rows: Rows, column: str, whole: bool) -> list[str]:
    if column == "#row":
        return [str(number) for number in range(rows.first, rows.first + len(rows))]
    values: Sequence[Any] = rows.columns[column]
    if whole:
        return [str(int(float(value))) for value in values]
    return [str(value).strip() for value in values]
