"""Products and people that a model has not seen, and what people did since it was trained."""

from __future__ import annotations

import numpy as np
import pytest

from embeddings.artefact import TrainedModel
from graph.snapshot.actions import Actions, codes_of
from recommend.prepared import Prepared
from recommend.questions import products_for
from recommend.served import served
from recommend.sources.models import Spectral
from tests.graph.live.replay import batches, seen_twice

AT = 1_700_000_000_000
SEEN = codes_of(("bought",))


def event(number, kind, **told):
    return {"event_id": f"e{number:03}", "type": kind, "at": AT + number * 60_000, **told}


@pytest.fixture
def town(tmp_path):
    """Two kinds of shops, each with two products and a person; the model's vectors point along the kind.

    ::

        ann – boot1, boot2 (boots)      bob – cup1, cup2 (cups)
    """
    things = {"boot1": "boots", "boot2": "boots", "cup1": "cups", "cup2": "cups"}
    before = [
        event(number, "product", product_id=each, properties={"categories": [kind]})
        for number, (each, kind) in enumerate(things.items())
    ]
    before += [
        event(10, "bought", user_id="ann", product_id="boot1"),
        event(11, "bought", user_id="bob", product_id="cup1"),
    ]
    view = seen_twice(tmp_path, before, []).overlaid
    kinds = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    tables = {"User": np.array([[1, 0.1], [0.1, 1]], np.float32), "Product": kinds}
    trained = TrainedModel("spectral", "v1", "s", "2026-01-01T00:00:00Z", 0, {}, {}, tables)
    return Prepared(view, Actions.of(), {"spectral": served(trained)})


def happens(town, *events):
    town.take(town.view.overlay.apply(batches(events)))


def offered(town, user):
    query = products_for(town, town.view.row_of("User", user), SEEN, 0)
    found = Spectral().candidates(town.view, query, 10)
    return dict(zip(town.view.ids_of("Product", found.rows), found.scores.tolist(), strict=True))


def test_a_new_product_is_near_those_that_it_shares_a_category_with(town):
    happens(town, event(20, "product", product_id="boot3", properties={"categories": ["boots"]}))
    assert offered(town, "ann")["boot3"] == pytest.approx(1.0)
    assert offered(town, "bob")["boot3"] == pytest.approx(0.1)


def test_a_new_product_that_only_people_tell_of_is_near_what_they_want(town):
    happens(town, event(20, "bought", user_id="bob", product_id="mug"))
    assert 0 < offered(town, "ann")["mug"] < 0.5


def test_a_new_product_that_is_deleted_is_offered_no_more(town):
    happens(town, event(20, "product", product_id="boot3", properties={"categories": ["boots"]}))
    happens(town, event(21, "deleted", label="Product", id="boot3"))
    assert "boot3" not in offered(town, "ann")


def test_what_somebody_does_now_turns_what_a_trained_model_offers_them(town):
    before = offered(town, "ann")
    happens(town, event(20, "bought", user_id="ann", product_id="cup1"))
    after = offered(town, "ann")
    assert before["boot2"] > 5 * before["cup2"]
    assert after["cup2"] > 0.4 * after["boot2"]
