"""Problems out of given splits, out of a timeline, and out of interactions alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.data import items_named
from embeddings.errors import NothingToLearn
from embeddings.ratings import Ratings
from embeddings.training import Rows, TrainingData
from graph.datasets import Dataset, Pairs, Split, Table, Triples
from graph.errors import InvalidValue
from recommend.evaluation.problem import Problem

TEST_PART = 0.2


def problem_of_split(split: Split, name: str = "", seed: int = 0) -> Problem:
    """A split that others fixed, ranked and masked as its protocol says.

    Items that occur only in the validation or test part can be ranked too, as in the published figures.
    """
    tables = [split.train, split.test] + ([split.validation] if split.validation else [])
    user_rows = numbering([*(each.users for each in tables), *(split.follows or ())])
    item_rows = numbering([each.items for each in tables] + ([split.attributes[0]] if split.attributes else []))
    data = _training(split.train, split.follows, split.attributes, user_rows, item_rows)
    test = _matrix(split.test, user_rows, item_rows)
    masked = data.matrix()
    if "validation" in split.protocol.mask and split.validation:
        masked = ((masked + _matrix(split.validation, user_rows, item_rows)) > 0).astype(np.float32).tocsr()
    published = tuple((each.model, dict(each.metrics)) for each in split.protocol.published)
    return Problem(
        data,
        test,
        masked,
        negatives=split.protocol.negatives,
        seed=seed,
        name=name,
        note=f"given split; {split.protocol.note}" if split.protocol.note else "given split",
        published=published,
    )


def problem_of_table(
    table: Table, follows: Pairs | None = None, attributes: Triples | None = None, *, name: str = "", seed: int = 0
) -> Problem:
    """The last part of the timeline as test, or, without times, a random part of each user's interactions."""
    user_rows = numbering([table.users, *(follows or ())])
    item_rows = numbering([table.items] + ([attributes[0]] if attributes else []))
    data = _training(table, follows, attributes, user_rows, item_rows)
    return replace(timeline_problem(data, seed=seed), name=name)


def timeline_problem(data: TrainingData, *, test_part: float = TEST_PART, seed: int = 0) -> Problem:
    """Hide the newest interactions of the whole timeline; without times, some of each user's at random.

    A moment is never cut in two: days without hours go wholly to one side. Only users with something left to
    learn from are measured, and only first interactions of a pair count as right answers.

    Raises:
        NothingToLearn: nothing would be left on one of the two sides.
        InvalidValue: ``test_part`` is not between 0 and 1.
    """
    if not 0 < test_part < 1:
        raise InvalidValue("test_part", f"{test_part} is not between 0 and 1")
    hide, note = hidden_part(data, test_part, np.random.default_rng(seed))
    if not hide.any() or hide.all():
        raise NothingToLearn
    train = without(data, hide)
    shape = (data.user_count, data.item_count)
    test = sp.csr_array((np.ones(hide.sum(), np.float32), (data.users[hide], data.items[hide])), shape=shape)
    masked = train.matrix()
    users = np.flatnonzero((np.diff(test.indptr) > 0) & (np.diff(masked.indptr) > 0)).astype(np.int32)
    return Problem(train, test, masked, users=users, seed=seed, note=note)


def hidden_part(data: TrainingData | Ratings, part: float, rng: np.random.Generator) -> tuple[NDArray[np.bool_], str]:
    """Which interactions are hidden, and how they were picked, in words."""
    minutes = data.minutes
    if minutes is not None and len(minutes) and minutes.min() < minutes.max():
        cut = int(np.quantile(minutes, 1 - part, method="lower"))
        if cut == minutes.max():
            cut -= 1
        day = np.datetime64(cut, "m").astype("datetime64[D]")
        return np.asarray(minutes > cut), f"temporal: the part after {day}"
    return some_of_each(data.users, part, rng), f"random: {part:.0%} of each user's interactions"


def without(data: TrainingData, hide: NDArray[np.bool_]) -> TrainingData:
    """The data less the hidden interactions; rows keep their numbers."""
    return replace(
        data,
        users=data.users[~hide],
        items=data.items[~hide],
        minutes=None if data.minutes is None else data.minutes[~hide],
        weights=None if data.weights is None else data.weights[~hide],
    )


def some_of_each(users: Rows, part: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Hide about ``part`` of each user's interactions; a user's last one stays."""
    order = np.lexsort((rng.random(len(users)), users))
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, len(users)), bool), np.diff(users[order]) > 0)))
    counts = np.diff(np.append(starts, len(users)))
    place = np.arange(len(users)) - np.repeat(starts, counts)
    quota = np.minimum(np.floor(counts * part + rng.random(len(counts))), counts - 1)
    hide = np.zeros(len(users), bool)
    hide[order] = place < np.repeat(quota, counts)
    return hide


def problem_of_dataset(dataset: Dataset, seed: int = 0) -> Problem:
    """The split that others fixed where there is one, else the last part of the timeline."""
    split = dataset.split()
    if split is not None:
        return problem_of_split(split, dataset.name, seed)
    table = dataset.interactions()
    return problem_of_table(table, dataset.follows(), dataset.attributes(), name=dataset.name, seed=seed)


def numbering(columns: Sequence[Sequence[str]]) -> dict[str, int]:
    """A row for each id, by first appearance."""
    rows: dict[str, int] = {}
    for column in columns:
        for each in column:
            rows.setdefault(each, len(rows))
    return rows


def rows_of(ids: Sequence[str], rows: dict[str, int]) -> Rows:
    """The row of each id."""
    return np.fromiter((rows[each] for each in ids), np.int32, len(ids))


def _matrix(table: Table, user_rows: dict[str, int], item_rows: dict[str, int]) -> sp.csr_array:
    users, items = rows_of(table.users, user_rows), rows_of(table.items, item_rows)
    shape = (len(user_rows), len(item_rows))
    matrix = sp.csr_array((np.ones(len(users), np.float32), (users, items)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _training(
    table: Table,
    follows: Pairs | None,
    attributes: Triples | None,
    user_rows: dict[str, int],
    item_rows: dict[str, int],
) -> TrainingData:
    users, items, minutes = _first_of_pairs(table, user_rows, item_rows)
    followers, followees = (rows_of(column, user_rows) for column in follows or ([], []))
    known, relations, entities = attributes or ([], [], [])
    relation_rows = numbering([relations])
    keys = [f"{relation}\t{entity}" for relation, entity in zip(relations, entities, strict=True)]
    entity_rows = numbering([keys])
    ids = [key.split("\t", 1)[1] for key in entity_rows]
    themselves = np.fromiter((item_rows.get(each, -1) for each in ids), np.int32, len(entity_rows))
    entity_numbers, relation_numbers = rows_of(keys, entity_rows), rows_of(relations, relation_rows)
    return TrainingData(
        user_count=len(user_rows),
        item_count=len(item_rows),
        users=users,
        items=items,
        minutes=minutes,
        weights=None,
        followers=followers,
        followees=followees,
        attribute_items=rows_of(known, item_rows),
        attribute_entities=entity_numbers,
        attribute_relations=relation_numbers,
        attribute_count=len(entity_rows),
        relation_count=len(relation_rows),
        entity_items=items_named(themselves, ids, entity_numbers, relation_numbers),
    )


def _first_of_pairs(
    table: Table, user_rows: dict[str, int], item_rows: dict[str, int]
) -> tuple[Rows, Rows, NDArray[np.int64] | None]:
    """Each pair once, with its first time: what came again later was known already."""
    users, items = rows_of(table.users, user_rows), rows_of(table.items, item_rows)
    keys = users.astype(np.int64) * len(item_rows) + items
    minutes = None if table.minutes is None else np.array(table.minutes, np.int64)
    order = np.argsort(keys, kind="stable") if minutes is None else np.lexsort((minutes, keys))
    kept = order[np.concatenate((np.ones(min(1, len(keys)), bool), np.diff(keys[order]) > 0))]
    return users[kept], items[kept], None if minutes is None else minutes[kept]
