"""What language a text is in."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

UNKNOWN = "und"
"""BCP 47's word for a text whose language cannot be told."""
LONGEST = 1000
"""Characters that are looked at."""
SURE = 0.5
"""Probability from which a language counts as told."""
FEWEST_WORDS = 3
"""Words that a text in Latin, Cyrillic or another shared script needs; fewer are a guess."""
SCRIPTS = (("HIRAGANA", "ja"), ("KATAKANA", "ja"), ("HANGUL", "ko"), ("CJK", "zh"), ("THAI", "th"), ("HEBREW", "he"))
"""Scripts that tell the language alone, the first found first: Japanese and Korean texts hold Chinese signs too."""
COMMON = "ar bg bn cs da de el en es et fa fi fr hi hr hu id it lt lv ms nl no pl pt ro ru sk sl sr sv ta tr uk ur vi"
AMONG = tuple(COMMON.split())
"""Languages that are told apart within shared scripts."""


def language_of(text: str) -> str:
    """BCP 47 tag of a text's language, such as ``en`` or ``zh``; `UNKNOWN` where it cannot be told.

    Chinese, Japanese, Korean, Thai and Hebrew are told by their script from one sign on, all others by py3langid, from
    `FEWEST_WORDS` words on.
    """
    text = text[:LONGEST]
    scripts = {unicodedata.name(each, "").partition(" ")[0] for each in set(text) if each.isalpha()}
    for script, language in SCRIPTS:
        if script in scripts:
            return language
    if not scripts or len(text.split()) < FEWEST_WORDS:
        return UNKNOWN
    language, probability = _identifier().classify(text)
    return str(language) if probability >= SURE else UNKNOWN


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(AMONG)
    return identifier
