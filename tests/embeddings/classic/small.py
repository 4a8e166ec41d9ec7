"""Small training data for the closed-form and neighbourhood models."""

import numpy as np

from embeddings.data import NO_ROWS
from embeddings.training import TrainingData


def small_data(matrix, follows=(), attributes=(), entity_items=None):
    """Training data of a dense 0/1 matrix, pairs of follows and triples (item, relation, entity);
    ``entity_items`` gives the item that an entity is, or -1.
    """
    users, items = np.nonzero(np.asarray(matrix))
    follows = np.array(follows, np.int32).reshape(-1, 2)
    attributes = np.array(attributes, np.int32).reshape(-1, 3)
    return TrainingData(
        user_count=len(matrix),
        item_count=len(matrix[0]),
        users=users.astype(np.int32),
        items=items.astype(np.int32),
        minutes=None,
        weights=None,
        followers=follows[:, 0],
        followees=follows[:, 1],
        attribute_items=attributes[:, 0],
        attribute_relations=attributes[:, 1],
        attribute_entities=attributes[:, 2],
        attribute_count=int(attributes[:, 2].max(initial=-1)) + 1,
        relation_count=int(attributes[:, 1].max(initial=-1)) + 1,
        entity_items=None if entity_items is None else np.array(entity_items, np.int32),
    )


def empty_data():
    return TrainingData(2, 2, NO_ROWS, NO_ROWS, None, None, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS, NO_ROWS)
