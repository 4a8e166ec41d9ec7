"""Why a product was found, in one sentence each, in English and Chinese."""

from __future__ import annotations

from recommend.explain.path_words import Language


def has_words(words: list[str], language: Language) -> str:
    """It has the words that were asked for."""
    return f"has the words {', '.join(words)}" if language == "en" else f"含有：{'、'.join(words)}"


def is_near(text: str, language: Language) -> str:
    """It means nearly the same."""
    return f"close in meaning to “{text}”" if language == "en" else f"与“{text}”意思相近"


def belongs(label: str, names: list[str], language: Language) -> str:
    """It is of a category, brand, tag or entity; ``names`` leads from the nearest category to the one asked for."""
    first, last = names[0], names[-1]
    if language == "en":
        return {
            "Category": f"in {first}" + (f", a part of {last}" if len(names) > 1 else ""),
            "Brand": f"by {last}",
            "Tag": f"tagged {last}",
        }.get(label, f"linked to {last}")
    return {
        "Category": f"属于{first}" + (f"（{last}的一部分）" if len(names) > 1 else ""),
        "Brand": f"{last}的产品",
        "Tag": f"有标签{last}",
    }.get(label, f"与{last}有关")


def is_kin(brand: str, asked: str, how: str, language: Language) -> str:
    """It is by a brand that is kin to the one asked for."""
    if language == "en":
        why = "which knowledge joins to" if how == "knowledge" else "which makes the same kinds of things as"
        return f"by {brand}, {why} {asked}"
    return f"{brand}的产品，该品牌与{asked}{'有关联' if how == 'knowledge' else '品类相近'}"
