"""Words of texts in any language, for ranking by words."""

from __future__ import annotations

import re
import unicodedata

from embeddings.text.chinese import HAN, words

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def tokens(text: str) -> list[str]:
    """Words in small letters, without accents and without the plural s; Chinese ones as the dictionary cuts them."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isascii():
        return [_singular(each) for each in WORD.findall(plain)]
    found: list[str] = []
    for part in re.split(f"({HAN.pattern})", plain):
        found += words(part) if HAN.match(part) else (_singular(_bare(each)) for each in WORD.findall(part))
    return found


def _bare(word: str) -> str:
    """Without accents; only those of letters that have one with and one without, as é and ü."""
    letters = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(each for each in letters if not _is_accent(each)))


def _is_accent(letter: str) -> bool:
    return "\u0300" <= letter <= "\u036f"


def _singular(word: str) -> str:
    """``shoe`` of ``shoes``, ``lady`` of ``ladies``, ``dress`` of ``dresses``; nothing cleverer."""
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]
