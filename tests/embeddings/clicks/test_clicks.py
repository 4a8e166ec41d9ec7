import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from embeddings.clicks.evidence import NAMES, Known, evidence, facts_of
from embeddings.clicks.metrics import auc, auc_by_group, best_threshold, f1_of
from embeddings.clicks.model import ClickModel, blended
from embeddings.errors import NothingToLearn

PEOPLE, ITEMS, KINDS = 120, 80, 4

labelled = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30)


def taste(seed=0, honest=True, item_count=ITEMS):
    """Person i chooses items of kind i % 4, 20 of 80 by default; as many pairs are drawn from the other kinds.

    Without honesty labels are drawn by a coin, so that there is nothing to learn.
    """
    rng = np.random.default_rng(seed)
    items = np.arange(item_count)
    rows = []
    for person in range(PEOPLE):
        own = items % KINDS == person % KINDS
        rows += [(person, item, True) for item in rng.choice(items[own], 8, replace=False)]
        rows += [(person, item, False) for item in rng.choice(items[~own], 8, replace=False)]
    users, chosen, labels = (np.array(column) for column in zip(*rows, strict=True))
    labels = labels if honest else rng.random(len(labels)) < 0.5
    return users.astype(np.int32), chosen.astype(np.int32), labels


def split(seed=0, honest=True, item_count=ITEMS):
    users, items, labels = taste(seed, honest, item_count)
    test = np.random.default_rng(seed).random(len(users)) < 0.2
    return (users[~test], items[~test], labels[~test]), (users[test], items[test], labels[test])


def no_facts():
    return sp.csr_array((ITEMS, 0), dtype=np.float32)


def fit(train, facts=None, seed=0):
    return ClickModel().fit(*train, no_facts() if facts is None else facts, PEOPLE, rng=np.random.default_rng(seed))


def test_finds_planted_tastes_that_popularity_cannot():
    train, (users, items, labels) = split()
    fitted = fit(train)
    chances = fitted.chances(users, items)
    popular = evidence(fitted.known, users, items, np.random.default_rng(0))[:, NAMES.index("popularity")]
    assert auc(labels, chances) > 0.95
    assert auc(labels, popular) < 0.65
    assert f1_of(labels, chances >= fitted.threshold) > 0.9


def test_facts_tell_of_items_that_hardly_anybody_chose():
    """Among 800 items most were chosen once or never."""
    (users, items, labels), (asked_users, asked_items, asked) = split(item_count=800)
    kinds = np.arange(800, dtype=np.int32) % KINDS
    facts = facts_of(800, np.arange(800, dtype=np.int32), np.zeros(800, np.int32), kinds)
    told = fit((users, items, labels), facts).chances(asked_users, asked_items)
    untold = fit((users, items, labels), facts[:, :0]).chances(asked_users, asked_items)
    assert auc(asked, told) > auc(asked, untold) + 0.05
    assert auc(asked, told) > 0.9


def test_pairs_never_see_themselves():
    """Where labels are a coin's, a pair that saw itself would be known; on the folds and in the test it is not."""
    train, (users, items, labels) = split(honest=False)
    fitted = fit(train)
    assert fitted.fold_auc < 0.6
    assert auc(labels, fitted.chances(users, items)) == pytest.approx(0.5, abs=0.1)


def test_repeats_itself_from_a_seed():
    train, (users, items, _) = split()
    np.testing.assert_array_equal(fit(train).chances(users, items), fit(train).chances(users, items))


def test_nothing_is_learnt_from_one_kind_of_pairs():
    users, items, labels = taste()
    with pytest.raises(NothingToLearn):
        fit((users, items, np.ones_like(labels)))


def test_evidence_agrees_with_dense_matrices():
    rng = np.random.default_rng(0)
    dense = (rng.random((12, 9)) < 0.5).astype(np.float32)
    dense[0], dense[:, 0] = 1, 1  # nobody without items, no item without people
    facts = (rng.random((9, 5)) < 0.5).astype(np.float32)
    facts[0] = 1
    facts = sp.csr_array(facts)
    users, items = (each.ravel().astype(np.int32) for each in np.indices((12, 9)))
    columns = evidence(Known(sp.csr_array(dense), facts), users, items, rng)
    found = dict(zip(NAMES, columns.T.reshape(len(NAMES), 12, 9), strict=True))
    activity, popularity = dense.sum(1), dense.sum(0)
    evened = dense / np.sqrt(activity[:, None] * popularity)
    both = np.vstack((dense, 0.3 * facts.toarray().T))
    knowing = both / np.sqrt(both.sum(1)[:, None] * both.sum(0))

    def of_rank(matrix, rank):
        left, values, right = np.linalg.svd(matrix, full_matrices=False)
        return (left[:, :rank] * values[:rank]) @ right[:rank]

    def cosines(matrix):
        counts = matrix.sum(1)
        alike = matrix @ matrix.T / (np.sqrt(np.outer(counts, counts)) + 3)
        np.fill_diagonal(alike, 0)
        return alike

    root = np.sqrt(activity)[:, None]
    expected = {
        "popularity": np.log1p(popularity) * np.ones((12, 1)),
        "filter 8": of_rank(evened, 8) * root,
        "knowing filter 0.3, 32": of_rank(knowing, 9)[:12] * root,
        "three steps": evened @ evened.T @ evened * root,
        "items alike": dense @ cosines(dense.T),
        "items alike, mean": dense @ cosines(dense.T) / activity[:, None],
        "people alike": cosines(dense) @ dense,
        "people alike, mean": cosines(dense) @ dense / popularity,
    }
    for name, matrix in expected.items():
        np.testing.assert_allclose(found[name], matrix, atol=2e-4, err_msg=name)


def test_facts_of_one_item_alone_say_nothing_and_repeated_ones_count_once():
    items, relations, entities = np.array([0, 1, 1, 2]), np.array([0, 0, 0, 0]), np.array([5, 5, 5, 6])
    facts = facts_of(3, *(each.astype(np.int32) for each in (items, relations, entities)))
    assert facts.toarray().tolist() == [[1], [1], [0]]


def test_the_blend_is_where_its_gradient_is_zero():
    rng = np.random.default_rng(0)
    columns = rng.standard_normal((400, 3))
    labels = rng.random(400) < 1 / (1 + np.exp(-(columns @ [2.0, -1.0, 0.0])))
    weights = blended(columns, labels, 1.0)
    scaled = (columns - weights.mean) / weights.spread
    gradient = scaled.T @ (weights.chances(columns) - labels) + weights.slopes
    np.testing.assert_allclose(gradient, 0, atol=1e-2)
    assert weights.slopes[0] > 1 > 0 > weights.slopes[1]


@given(labelled)
def test_auc_is_the_share_of_pairs_in_order(found):
    labels, scores = np.array([each[0] for each in found]), np.array([each[1] for each in found], float)
    right, wrong = scores[labels], scores[~labels]
    if not len(right) or not len(wrong):
        assert np.isnan(auc(labels, scores))
        return
    order = [(a > b) + (a == b) / 2 for a in right for b in wrong]
    assert auc(labels, scores) == pytest.approx(np.mean(order))


@given(labelled)
def test_no_threshold_is_better_than_the_best(found):
    labels, chances = np.array([each[0] for each in found]), np.array([each[1] for each in found], float)
    best = f1_of(labels, chances >= best_threshold(labels, chances))
    assert best == max(f1_of(labels, chances >= each) for each in set(chances.tolist()))


def test_auc_within_groups_does_not_reward_telling_groups_apart():
    groups = np.array([0, 0, 0, 1, 1, 1, 2])
    labels = np.array([True, True, False, True, False, False, True])
    by_group = np.array([2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 3.0])
    assert auc(labels, by_group) > 0.7
    assert auc_by_group(labels, by_group, groups) == 0.5
