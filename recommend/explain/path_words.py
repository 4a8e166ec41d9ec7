"""Paths in words: one sentence each, in English and Chinese, from a template for each pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graph.snapshot.actions import PAST_TENSE
from recommend.explain.words import DID_THIS, YOU_DID

Language = Literal["en", "zh"]

DID_ZH = {
    "viewed": "浏览过",
    "liked": "喜欢过",
    "disliked": "不喜欢",
    "carted": "加入过购物车",
    "shared": "分享过",
    "bought": "买过",
    "returned": "退过",
    "rated": "评分过",
    "reviewed": "评论过",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a sentence speaks of.

    Attributes:
        relations: relationship types along the path.
        predicates: what knowledge says, by the place of its step; empty for all others.
        names: what the nodes are called, from the person to the product.
        labels: their labels.
        forward: by step, whether the edge is kept in the direction of the path.
    """

    relations: tuple[str, ...]
    predicates: tuple[str, ...]
    names: tuple[str, ...]
    labels: tuple[str, ...]
    forward: tuple[bool, ...]

    def meet_at(self, place: int) -> bool:
        """Whether the edges of this step and the last say the same of the things that they begin or end at."""
        same = self.relations[place] == self.relations[-1] and self.predicates[place] == self.predicates[-1]
        return same and self.forward[place] != self.forward[-1]


def sentence(words: Words, language: Language = "en") -> str:
    """The path in one sentence without a full stop."""
    friends = sum(label == "User" for label in words.labels) - 1
    if words.labels[-2] == "User":
        return _people(words, friends, language)
    place = friends + 1
    how = _beginning(words, friends, language)
    between = words.names[place + 1 : -1]
    last = words.relations[-1]
    if not between:
        said = words.predicates[-1] or last
        return f"linked to {how} ({said})" if language == "en" else f"与{how}有关（{said}）"
    if len(between) == 1 and words.meet_at(place):
        return _shared(last, words.predicates[place], between[0], how, language)
    if language == "en":
        return f"linked to {how} by way of {' and '.join(between)}"
    return f"经由{'、'.join(between)}与{how}有关"


def _people(words: Words, friends: int, language: Language) -> str:
    event = PAST_TENSE[words.relations[-1]]
    who = words.names[1]
    if friends == 1:
        return f"{who}, whom you follow, {DID_THIS[event]}" if language == "en" else f"你关注的{who}{DID_ZH[event]}"
    other = words.names[2]
    if language == "en":
        return f"{who}, whom you follow, follows {other}, who {DID_THIS[event]}"
    return f"你关注的{who}所关注的{other}{DID_ZH[event]}"


def _beginning(words: Words, friends: int, language: Language) -> str:
    """The product that the path begins with, and who did what with it."""
    product, event = words.names[friends + 1], PAST_TENSE[words.relations[friends]]
    if language == "en":
        return (
            f"{product} that you {YOU_DID[event]}"
            if not friends
            else f"{product} that {words.names[1]}, whom you follow, {YOU_DID[event]}"
        )
    return f"你{DID_ZH[event]}的{product}" if not friends else f"你关注的{words.names[1]}{DID_ZH[event]}的{product}"


def _shared(relation: str, predicate: str, name: str, how: str, language: Language) -> str:
    if language == "en":
        return {
            "MADE_BY": f"also by {name}, like {how}",
            "IN_CATEGORY": f"also in {name}, like {how}",
            "TAGGED": f"also tagged {name}, like {how}",
        }.get(relation, f"also linked to {name}, like {how}" + (f" ({predicate})" if predicate else ""))
    return {
        "MADE_BY": f"与{how}同属品牌{name}",
        "IN_CATEGORY": f"与{how}同属类别{name}",
        "TAGGED": f"与{how}同有标签{name}",
    }.get(relation, f"与{how}都和{name}有关" + (f"（{predicate}）" if predicate else ""))
