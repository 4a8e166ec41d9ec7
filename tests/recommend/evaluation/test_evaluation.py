import json

import numpy as np
import pytest
import scipy.sparse as sp

from embeddings.data import NO_ROWS
from embeddings.errors import NothingToLearn, TrainingMissing, UnknownModel
from embeddings.models import model
from embeddings.training import TrainingData
from graph.datasets import Protocol, Published, Split, Table
from graph.errors import InvalidValue
from recommend.evaluation import Problem, evaluate, problem_of_split, problem_of_table, timeline_problem
from recommend.evaluation.prepare import some_of_each
from recommend.evaluation.run import interval


class Fixed:
    """Scores that stand fixed, whoever asks."""

    def __init__(self, scores):
        self.scores = np.array(scores, np.float32)

    def score(self, users):
        return self.scores[users]

    def tables(self):
        return {}


def data_of(users, items, minutes=None, user_count=3, item_count=5):
    return TrainingData(
        user_count,
        item_count,
        np.array(users, np.int32),
        np.array(items, np.int32),
        None if minutes is None else np.array(minutes, np.int64),
        None,
        NO_ROWS,
        NO_ROWS,
        NO_ROWS,
        NO_ROWS,
        NO_ROWS,
    )


def split_of(mask=("train",), negatives=0):
    return Split(
        train=Table(["u", "u", "v"], ["a", "b", "a"]),
        validation=Table(["u"], ["c"]),
        test=Table(["u", "w"], ["d", "a"]),
        follows=(["u"], ["v"]),
        attributes=(["e"], ["kind"], ["7"]),
        protocol=Protocol(20, mask, negatives, [Published("Famous", {"recall@20": 0.5}, "a paper")]),
    )


def test_the_timeline_is_cut_by_time_and_never_within_a_moment():
    problem = timeline_problem(data_of([0, 0, 1, 1, 2], [0, 1, 0, 1, 2], [10, 20, 10, 20, 20]), test_part=0.3)
    assert problem.data.minutes.tolist() == [10, 10]
    assert problem.test.toarray().sum() == 3
    assert problem.measured().tolist() == [0, 1]


def test_without_times_a_part_of_each_person_is_hidden_and_one_stays():
    users = np.repeat(np.arange(50), np.arange(1, 51)).astype(np.int32)
    hide = some_of_each(users, 0.3, np.random.default_rng(0))
    left = np.bincount(users[~hide], minlength=50)
    assert left.min() >= 1
    assert 0.2 < hide.mean() < 0.35


def test_nothing_to_hide_is_said_so():
    with pytest.raises(NothingToLearn):
        timeline_problem(data_of([0], [0]))


def test_a_given_split_masks_and_counts_as_its_protocol_says():
    problem = problem_of_split(split_of(), "tiny")
    assert problem.data.user_count == 3
    assert problem.data.item_count == 5
    assert len(problem.data.users) == 3
    assert len(problem.measured()) == 2
    assert problem.masked.sum() == 3
    assert problem_of_split(split_of(mask=("train", "validation"))).masked.sum() == 4


def test_masked_items_are_never_ranked_and_right_ones_are_found():
    test = sp.csr_array(np.array([[0, 0, 0, 1, 0]], np.float32))
    masked = sp.csr_array(np.array([[1, 1, 0, 0, 0]], np.float32))
    problem = Problem(data_of([0, 0], [0, 1], user_count=1), test, masked)
    fitted = Fixed([[9, 8, 7, 6, 5]])
    assert problem.top(fitted, 4).tolist() == [[2, 3, 4, -1]]
    values = problem.measure(fitted, (1, 2))
    assert values["recall@1"].tolist() == [0.0]
    assert values["recall@2"].tolist() == [1.0]
    np.testing.assert_allclose(values["ndcg@2"], [1 / np.log2(3)])


def test_drawn_negatives_are_unobserved_and_the_same_for_every_model():
    items = 200
    test = sp.csr_array(([1.0], ([0], [5])), shape=(1, items))
    masked = sp.csr_array(([1.0], ([0], [7])), shape=(1, items))
    problem = Problem(data_of([0], [7], user_count=1, item_count=items), test, masked, negatives=20, seed=3)
    rising, falling = Fixed([np.arange(items)]), Fixed([-np.arange(items)])
    one, two = problem.top(rising, 30)[0], problem.top(falling, 30)[0]
    assert set(one) == set(two)
    assert (one >= 0).sum() == 21
    assert {5} <= set(one)
    assert 7 not in one


def planted_table(times):
    """People of three kinds take items of their kind; items are taken early or late alike."""
    rng = np.random.default_rng(1)
    pairs = [(f"u{u}", f"i{i}") for u in range(60) for i in rng.permutation(np.arange(u % 3, 60, 3))[:10]]
    order = rng.permutation(len(pairs))
    users, items = zip(*(pairs[at] for at in order), strict=True)
    return Table(list(users), list(items), None, list(range(len(pairs))) if times else None)


@pytest.mark.parametrize("times", [True, False])
def test_the_baselines_are_always_there_and_item_knn_finds_the_planted_kinds(times):
    evaluation = evaluate(problem_of_table(planted_table(times), name="planted"), ["spectral"], k=(5, 10))
    by_name = {result.model: result for result in evaluation.results}
    assert list(by_name) == ["popularity", "item_knn", "spectral"]
    recalls = {name: result.figures["recall@10"] for name, result in by_name.items()}
    assert recalls["item_knn"].low > recalls["popularity"].high
    assert evaluation.manner.startswith("temporal" if times else "random")
    assert json.loads(json.dumps(evaluation.as_json()))["results"]
    assert evaluation.table().row_count == 3


def test_published_figures_stand_apart_from_measured_ones():
    evaluation = evaluate(split_of(), [])
    assert evaluation.published == (("Famous", {"recall@20": 0.5}),)
    assert "Famous" not in {result.model for result in evaluation.results}
    assert evaluation.table().row_count == 3


def test_a_model_without_its_library_is_left_out_and_said_so(monkeypatch):
    popular = type(model("popularity"))

    def missing(self, data, *, rng, progress=None):
        raise TrainingMissing("popularity")

    monkeypatch.setattr(popular, "fit", missing)
    evaluation = evaluate(problem_of_table(planted_table(times=False)), [], k=(5,))
    assert [name for name, _ in evaluation.skipped] == ["popularity"]
    assert [result.model for result in evaluation.results] == ["item_knn"]


def test_the_interval_holds_the_mean_and_shrinks_with_people():
    rng = np.random.default_rng(0)
    few, many = (interval(rng.random(n), np.random.default_rng(1)) for n in (50, 5000))
    for figure in (few, many):
        assert figure.low < figure.mean < figure.high
    assert many.high - many.low < (few.high - few.low) / 3


def test_lists_of_no_length_and_unknown_models_are_refused():
    for k in ((), (0,)):
        with pytest.raises(InvalidValue):
            evaluate(split_of(), [], k=k)
    with pytest.raises(UnknownModel):
        evaluate(split_of(), ["oracle"])
