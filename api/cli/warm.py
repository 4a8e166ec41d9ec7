"""``tastegraph warm``: compile ahead of the first request."""

from __future__ import annotations

from api.cli.console import step


def warm() -> None:
    """Compile every kernel that serving uses and keep the machine code, so that the first request is fast."""
    from api.warming import compile_kernels

    with step("Compiling kernels") as progress:
        compile_kernels(progress)
