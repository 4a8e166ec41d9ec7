"""The worth of kinds of paths, learned where it was planted."""

import numpy as np
import pytest

from embeddings.errors import NothingToLearn
from graph.snapshot.actions import Actions, codes_of
from recommend.evaluation.path_weights import learn_path_weights
from recommend.prepared import Prepared
from recommend.sources.knowledge import PATHS, PathCount
from tests.graph.snapshot.small import small_view

NOW = 20_000 * 1440
SEEN = codes_of(("bought",))


def town(tmp_path, rng):
    """Forty people who buy two products of one brand; categories are drawn and say nothing."""
    products = {f"p{n}": {"brand": f"b{n % 12}", "categories": [f"c{rng.integers(4)}"]} for n in range(60)}
    bought = []
    for who in range(40):
        brand = int(rng.integers(12))
        for day, place in enumerate(rng.permutation(5)[:2].tolist()):
            bought.append((f"u{who}", f"p{brand + 12 * place}", NOW - day * 1440))
    return small_view(tmp_path, products=list(products), bought=bought, properties={"Product": products})


def learned(view, **settings):
    rng = np.random.default_rng(0)
    return learn_path_weights(Prepared(view, Actions.of(), {}), PathCount(**settings), SEEN, people=100, rng=rng)


def test_the_kind_that_finds_what_people_chose_gets_the_weight(tmp_path):
    found = learned(town(tmp_path, np.random.default_rng(4)), category=1.0, brand=0.1, people=0.0)
    assert found.people == 40
    assert found.weights["brand"] == 1.0
    assert found.weights["category"] < 0.3
    assert found.after > found.before + 0.1


def test_every_kind_has_a_weight_and_none_is_negative(tmp_path):
    found = learned(town(tmp_path, np.random.default_rng(5)))
    assert found.weights.keys() == PATHS.keys()
    assert all(weight >= 0 for weight in found.weights.values())


def test_without_two_people_there_is_nothing_to_learn(tmp_path):
    view = small_view(tmp_path, bought=[("u", "p", NOW), ("u", "q", NOW)])
    with pytest.raises(NothingToLearn):
        learned(view)
