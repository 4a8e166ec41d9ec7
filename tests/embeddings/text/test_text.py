"""Words, languages, and the encoder in which Chinese and English meet."""

import socket

import numpy as np
import pytest

from embeddings.text import GlossedEncoder, language_of, telling, tokens
from embeddings.text.chinese import glossed, words

UNSEEN = {
    "laptop": "笔记本电脑",
    "umbrella": "雨伞",
    "pillow": "枕头",
    "candle": "蜡烛",
    "gloves": "手套",
    "belt": "皮带",
    "frying pan": "平底锅",
    "teapot": "茶壶",
    "keyboard": "键盘",
    "printer": "打印机",
    "skirt": "裙子",
    "hat": "帽子",
    "bracelet": "手镯",
    "earrings": "耳环",
    "soap": "肥皂",
    "towel": "毛巾",
    "blanket": "毯子",
    "violin": "小提琴",
    "football": "足球",
    "swimsuit": "泳衣",
    "honey": "蜂蜜",
    "coffee beans": "咖啡豆",
    "noodles": "面条",
    "mirror": "镜子",
    "lamp": "灯",
    "bookshelf": "书架",
    "scissors": "剪刀",
    "calculator": "计算器",
    "telescope": "望远镜",
    "slippers": "拖鞋",
}
"""English and Chinese product words that nothing was chosen by."""


@pytest.fixture(scope="module")
def encoder():
    return GlossedEncoder()


def test_words_are_small_bare_and_singular():
    assert tokens("Ladies' Crème-brûlée DRESSES, 3 boxes; glass bus") == [
        "lady",
        "creme",
        "brulee",
        "dress",
        "3",
        "box",
        "glass",
        "bus",
    ]


def test_chinese_is_cut_into_the_longest_words_that_the_dictionary_has():
    assert tokens("红色运动鞋 Nike") == ["红色", "运动鞋", "nike"]
    assert list(words("电饭锅")) == ["电饭锅"]


def test_a_chinese_word_is_put_into_english_and_the_rest_stays():
    assert "rice cooker" in glossed("Philips 电饭锅 3L")
    assert glossed("Philips 电饭锅 3L").split()[0] == "Philips"


def test_words_that_say_little_are_left_out_unless_there_is_nothing_else():
    assert telling("something for the kitchen") == ["kitchen"]
    assert telling("我想要一个雨伞") == ["雨伞"]
    assert telling("the who") == ["the", "who"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("很舒服的跑鞋", "zh"),
        ("ランニングシューズ", "ja"),
        ("러닝화", "ko"),
        ("Very good, I would buy it again.", "en"),
        ("Sehr gut, ich würde es wieder kaufen.", "de"),
        ("Chaussures de course pour homme", "fr"),
        ("Кроссовки для бега мужские", "ru"),
        ("Boot", "und"),
        ("12345 !!", "und"),
        ("", "und"),
    ],
)
def test_languages_are_told_apart_where_they_can_be(text, language):
    assert language_of(text) == language


def test_the_chinese_and_the_english_of_a_thing_meet(encoder):
    english, chinese = encoder.encode(list(UNSEEN)), encoder.encode(list(UNSEEN.values()))
    nearest = (chinese @ english.T).argmax(axis=1)
    assert np.mean(nearest == np.arange(len(UNSEEN))) >= 0.9
    unglossed = encoder.encode(
        [" ".join(word) for word in UNSEEN]
    )  # letters one by one mean nothing: the check can fail
    assert np.mean((unglossed @ english.T).argmax(axis=1) == np.arange(len(UNSEEN))) < 0.5


def test_vectors_have_length_one_or_are_zero(encoder):
    vectors = encoder.encode(["running shoes", "", "手套"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, encoder.dim)
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 0, 1], abs=1e-5)


def test_the_encoder_asks_no_network(monkeypatch):
    def refuse(*_arguments, **_named):
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket, "socket", refuse)
    assert GlossedEncoder().encode(["running shoes 跑鞋"]).any()
