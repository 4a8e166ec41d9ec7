"""Words that join others and say little themselves, in English and Chinese."""

from __future__ import annotations

from embeddings.text.words import tokens

ENGLISH = """
a an and any are as at be been but buy by can could do does find for from get had has have how i if in into is it its
like look looking make me my need no not of on or our please show some something such than that the their them then
there these they this to too under up us very want was we were what when where which who will with without would you
your
"""
CHINESE = """
的 了 和 与 或 在 是 我 你 他 她 它 我们 你们 给 对 从 到 把 被
这 那 这个 那个 一 个 件 双 条 只 有 没有 不 很 也 都 请 想 要 想要 什么 吗 呢 吧
"""
COMMON = frozenset(f"{ENGLISH} {CHINESE}".split())


def telling(text: str) -> list[str]:
    """The words of a question without those that say little; all of them where nothing else is left."""
    asked = list(dict.fromkeys(tokens(text)))
    return [word for word in asked if word not in COMMON] or asked
