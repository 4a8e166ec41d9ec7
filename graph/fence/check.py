"""The first gate: what the text of a query says, without a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from graph.fence.loops import Loops
from graph.fence.parsing import parsed
from graph.fence.rules import inspect


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that the first gate admits.

    Attributes:
        text: as it may be sent to the server.
        functions: that it calls, in small letters.
        procedures: that it calls.
    """

    text: str
    functions: frozenset[str]
    procedures: frozenset[str]


def check(query: str, parameters: Mapping[str, Any] = MappingProxyType({})) -> Checked:
    """Admit one reading, bounded query; refuse everything else.

    The query is read with a grammar that has no clause which writes, loads or commands. Functions and procedures are
    admitted by name, paths need an end, and regular expressions must be ones that cannot run away.

    Args:
        query: the text, as the analyst wrote it.
        parameters: its values; only those that stand as regular expressions are looked at.

    Raises:
        CypherRefused: with the position and the reason.
    """
    tree = parsed(query)
    functions, procedures = inspect(tree, parameters)
    Loops(tree, parameters).inspect()
    return Checked(query, functions, procedures)
