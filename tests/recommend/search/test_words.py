"""BM25 against a second library and against the formula said slowly."""

from collections import Counter
from math import log

import numpy as np
import pytest

from embeddings.text import tokens
from recommend.search.documents import EMPTY, Document
from recommend.search.words import FIELDS, K1, B, WordIndex, WordIndexBuilder


def indexed(documents):
    builder = WordIndexBuilder()
    for each in documents:
        builder.add(each)
    return builder.build()


def titled(*titles):
    return indexed([Document(title, "", "", "", "") for title in titles])


def random_texts(count, seed=0):
    rng = np.random.default_rng(seed)
    words = np.array([f"w{n}" for n in range(60)])
    return [" ".join(words[np.minimum(rng.zipf(1.4, rng.integers(1, 12)) - 1, 59)]) for _ in range(count)]


def test_scores_are_those_of_a_second_library():
    import bm25s

    texts = random_texts(200)
    other = bm25s.BM25(method="lucene", k1=K1, b=B)
    other.index([tokens(each) for each in texts], show_progress=False)
    index = titled(*texts)
    for question in random_texts(20, seed=1):
        asked = [word for word in dict.fromkeys(tokens(question)) if index.vocabulary.row(word) >= 0]
        ours = index.scores([index.vocabulary.row(word) for word in asked])
        theirs = other.get_scores(asked)
        # bm25s' "lucene" leaves out the factor k1 + 1, which changes no order; a title counts three times with us
        assert ours.shape == theirs.shape
        assert set(np.flatnonzero(ours)) == set(np.flatnonzero(theirs))
        slow = [sum(said(word, text, texts) for word in asked) for text in texts]
        np.testing.assert_allclose(ours, slow, rtol=1e-5)


def said(word, text, texts, weight=FIELDS["title"]):
    """What a word adds, by the formula."""
    count = weight * Counter(tokens(text))[word]
    length, mean = weight * len(tokens(text)), weight * sum(len(tokens(each)) for each in texts) / len(texts)
    having = sum(word in tokens(each) for each in texts)
    rarity = log(1 + (len(texts) - having + 0.5) / (having + 0.5))
    return rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * length / mean))


def test_order_is_that_of_a_second_library_where_each_word_counts_once():
    import bm25s

    texts = random_texts(100, seed=3)
    documents = [Document("", "", "", text, "") for text in texts]  # descriptions count once
    index, other = indexed(documents), bm25s.BM25(method="lucene", k1=K1, b=B)
    other.index([tokens(each) for each in texts], show_progress=False)
    for word in ("w0", "w3", "w7"):
        np.testing.assert_allclose(
            index.scores([index.vocabulary.row(word)]), (K1 + 1) * other.get_scores([word]), rtol=1e-4, atol=1e-6
        )


def test_a_word_of_the_title_says_more_than_one_of_the_description():
    filler = [Document("x y z", "", "", "x y z", "") for _ in range(8)]
    index = indexed([Document("boot a b", "", "", "c d e", ""), Document("a b c", "", "", "boot d e", ""), *filler])
    scores = index.scores(index.terms("boot").values())
    assert scores[0] > scores[1] > 0
    assert not scores[2:].any()


def test_an_index_knows_which_document_holds_a_word_and_comes_back_from_its_arrays():
    index = WordIndex.of(titled("red boot", "", "blue boots").arrays(), 3)
    terms = index.terms("the red boots")
    assert terms.keys() == {"red", "boot"}
    assert [index.holds(terms["boot"], row) for row in range(3)] == [True, False, True]
    assert [index.holds(terms["red"], row) for row in range(3)] == [True, False, False]


@pytest.mark.parametrize("documents", [[], [EMPTY], [EMPTY, EMPTY]])
def test_nothing_to_read_is_an_index_of_nothing(documents):
    index = indexed(documents)
    assert index.terms("boot") == {}
    assert index.scores([]).tolist() == [0.0] * len(documents)


def test_a_side_index_scores_as_if_its_documents_were_few_among_many():
    texts = random_texts(300, seed=9)
    whole, builder = titled(*texts), WordIndexBuilder()
    for text in texts[:5]:
        builder.add(Document(text, "", "", "", ""))
    side = builder.build(like=whole)
    for word in ("w0", "w1", "w5"):
        ours = side.scores(side.terms(word).values())
        np.testing.assert_allclose(ours, whole.scores(whole.terms(word).values())[:5], rtol=1e-5)
