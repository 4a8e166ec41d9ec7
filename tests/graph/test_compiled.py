"""What kernels may use, so that their machine code can be kept."""

from importlib.resources import files
from pathlib import Path

import pytest

from graph.compiled import KERNEL_PACKAGES


@pytest.mark.parametrize("package", KERNEL_PACKAGES)
def test_no_kernel_sorts_places(package):
    """Out of numba's cache a kernel that sorts keys may get the steps of one that sorts places, and the reverse."""
    modules = list(Path(str(files(package))).rglob("kernels*.py"))
    assert modules
    assert [each.name for each in modules if "argsort(" in each.read_text(encoding="utf-8")] == []
