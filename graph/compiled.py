"""One way to compile a kernel with numba, and where its machine code is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba
import platformdirs

P = ParamSpec("P")
R = TypeVar("R")

KERNEL_PACKAGES = ("graph", "embeddings", "recommend")


@cache
def cache_folder() -> Path:
    """Where machine code is kept: one folder for each state of all kernel sources together.

    numba's own cache notices an edit of a kernel's file, but not of a callee in another file; a
    folder named after the hash of every ``kernels*.py`` does.
    """
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for package in KERNEL_PACKAGES:
        root = Path(str(files(package)))
        for source in sorted(root.rglob("kernels*.py")):
            digest.update(source.relative_to(root).as_posix().encode() + source.read_bytes())
    return Path(platformdirs.user_cache_dir("tastegraph")) / "kernels" / digest.hexdigest()


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function on its first call; it releases the GIL and is cached on disk.

    Signatures are lazy: an explicit one would refuse read-only (memory-mapped) arrays. Kernels
    live in modules named ``kernels*.py``, so that the cache notices every edit.

    They sort by ``np.sort``, never by ``np.argsort``: numba names the steps of both alike, with a number that is only
    unique within the process that compiled them, and links by name. Out of the cache one could get the other's steps.
    """
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True)(function))


def parallel_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """As `kernel`, with ``numba.prange`` spread over the machine's threads; for building, not for serving."""
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, parallel=True)(function))


def fast_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """As `kernel`, free to add floats in another order, so that sums run in vector registers."""
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    loose = {"reassoc", "contract", "nsz", "arcp"}
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, fastmath=loose)(function))
