"""Nearly equal 64-bit codes among a million: our index, a scan, faiss's and a BK-tree."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Measure, alone

CODES, QUESTIONS = 1_000_000, 500
TREE_QUESTIONS = 10
SMALL = 100_000
"""Codes in a tree: a million nodes of Python would say nothing more."""


def hamming(_work: Path) -> list[Measure]:
    return list(alone(_measured))


def codes_of(count: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Random codes, of which every tenth is another one with up to six bits changed."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2**64, count, np.uint64)
    copies = codes[: count // 10].copy()
    for _ in range(6):
        copies ^= np.uint64(1) << rng.integers(0, 64, len(copies)).astype(np.uint64)
    codes[-len(copies) :] = copies
    return codes


def _each_ms(ask: Callable[[int], Any], asked: list[int]) -> float:
    ask(asked[0])
    start = time.perf_counter()
    for code in asked:
        ask(code)
    return (time.perf_counter() - start) / len(asked) * 1000


def _measured() -> list[Measure]:
    from embeddings.images import kernels
    from embeddings.images.hamming import HammingIndex

    codes = codes_of(CODES)
    asked = codes[:: CODES // QUESTIONS].tolist()
    start = time.perf_counter()
    index = HammingIndex.of(codes)
    cold_s = time.perf_counter() - start
    start = time.perf_counter()
    index = HammingIndex.of(codes)
    measures = [
        Measure("index of 1 M codes, compiled", time.perf_counter() - start, "s"),
        Measure("index of 1 M codes, with compiling where needed", cold_s, "s"),
    ]
    measures += [
        Measure(f"ours, within {radius} bits", _each_ms(lambda c, r=radius: index.within(c, r), asked), "ms")
        for radius in (3, 6, 11)
    ]
    found, far = np.empty(1024, np.int32), np.empty(1024, np.int32)
    scan_ms = _each_ms(lambda code: kernels.scan(codes, np.uint64(code), 6, found, far), asked)
    measures.append(Measure("a compiled scan, within 6 bits", scan_ms, "ms"))
    measures += _faiss(codes, asked, index)
    start = time.perf_counter()
    pairs = sum(1 for _ in index.pairs(6))
    measures.append(Measure("all pairs within 6 bits", time.perf_counter() - start, "s"))
    measures.append(Measure("pairs found", pairs, ""))
    return [*measures, *_tree()]


def _faiss(codes: Any, asked: list[int], index: Any) -> list[Measure]:
    import faiss

    faiss.omp_set_num_threads(1)
    packed = codes.view(np.uint8).reshape(-1, 8)
    theirs = faiss.IndexBinaryMultiHash(64, 4, 16)
    start = time.perf_counter()
    theirs.add(packed)
    build_s = time.perf_counter() - start
    theirs.nflip = 1
    questions = np.array(asked, np.uint64).view(np.uint8).reshape(-1, 1, 8)
    ask = [_each_ms(lambda at: theirs.range_search(questions[at], 7), list(range(len(asked))))]
    same = all(
        set(theirs.range_search(question, 7)[2].tolist()) == set(index.within(code, 6)[0].tolist())
        for question, code in zip(questions, asked, strict=True)
    )
    return [
        Measure("faiss IndexBinaryMultiHash, built", build_s, "s"),
        Measure("faiss IndexBinaryMultiHash, within 6 bits", ask[0], "ms"),
        Measure("faiss finds the same (1: yes)", float(same), ""),
    ]


def _tree() -> list[Measure]:
    from embeddings.images.hamming import HammingIndex

    codes = codes_of(SMALL)
    tree: dict[str, Any] = {"code": int(codes[0]), "below": {}}
    for code in codes[1:].tolist():
        node = tree
        while (far := (code ^ node["code"]).bit_count()) in node["below"]:
            node = node["below"][far]
        node["below"][far] = {"code": code, "below": {}}
    visited = []

    def ask(code: int) -> None:
        count, waiting = 0, [tree]
        while waiting:
            node = waiting.pop()
            count += 1
            far = (code ^ node["code"]).bit_count()
            waiting += [below for at, below in node["below"].items() if far - 6 <= at <= far + 6]
        visited.append(count)

    asked = codes[:: SMALL // TREE_QUESTIONS].tolist()
    tree_ms = _each_ms(ask, asked)
    index = HammingIndex.of(codes)
    return [
        Measure("a BK-tree of 100,000 codes, within 6 bits", tree_ms, "ms"),
        Measure("share of the tree that is visited", float(np.mean(visited)) / SMALL, ""),
        Measure("ours, 100,000 codes, within 6 bits", _each_ms(lambda code: index.within(code, 6), asked), "ms"),
    ]
