"""The errors that the recommend layer raises on purpose.

::

    TastegraphError
    └── BadInput
        ├── InvalidPageToken   a page token is damaged, of another question, or of a snapshot or model no longer served
        ├── InvalidLimit       more or fewer items asked for than one answer can hold
        ├── InvalidQuestion    a question does not say what it is about
        ├── InvalidFilter      a filter cannot be read, or compares what cannot be compared
        ├── InvalidPlacement   a placement says what it cannot say
        ├── UnknownPlacement   no placement has that name
        ├── UnknownPlacementVersion  that version of the placements is not kept
        ├── UnknownExperiment  no placement has an experiment of that name
        └── PlacementsChanged  somebody else changed the placements meanwhile
"""

from __future__ import annotations

from collections.abc import Sequence

from graph.errors import BadInput


class InvalidPageToken(BadInput):
    """A page token is damaged, of another question, or of a snapshot or model no longer served."""

    code = "invalid_page_token"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"page_token: {self.reason}; ask again without it"


class InvalidLimit(BadInput):
    """More or fewer items asked for than one answer can hold."""

    code = "invalid_limit"

    def __init__(self, limit: int, most: int) -> None:
        super().__init__(limit, most)
        self.limit = limit
        self.most = most

    def __str__(self) -> str:
        return f"limit: {self.limit} is not between 1 and {self.most}"


class InvalidFilter(BadInput):
    """A filter cannot be read, or compares what cannot be compared."""

    code = "invalid_filter"

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason, line, column)
        self.reason = reason
        self.line = line
        self.column = column

    def __str__(self) -> str:
        where = f" (line {self.line}, column {self.column})" if self.line is not None and self.line >= 0 else ""
        return f"filter{where}: {self.reason}; docs/reference/filters.md has the grammar"


class InvalidQuestion(BadInput):
    """A question does not say what it is about."""

    code = "invalid_question"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class InvalidPlacement(BadInput):
    """A placement says what it cannot say."""

    code = "invalid_placement"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}; docs/guides/placements.md has the form"


class UnknownPlacement(BadInput):
    """No placement has that name."""

    code = "unknown_placement"

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        super().__init__(name, tuple(near))
        self.name = name
        self.near = tuple(near)

    def __str__(self) -> str:
        meant = f"; did you mean {self.near[0]}?" if self.near else ""
        return f"no placement is called {self.name!r}{meant} GET /v1/placements has them all"


class UnknownPlacementVersion(BadInput):
    """That version of the placements is not kept."""

    code = "unknown_placement_version"

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version

    def __str__(self) -> str:
        return f"placements have no version {self.version}; GET /v1/placements/versions has those that are kept"


class UnknownExperiment(BadInput):
    """No placement has an experiment of that name."""

    code = "unknown_experiment"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"no placement in force has an experiment called {self.name!r}; GET /v1/experiments has those that are"


class PlacementsChanged(BadInput):
    """Somebody else changed the placements meanwhile."""

    code = "placements_changed"

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(expected, found)
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return f"version {self.found} is in force, not {self.expected}; read it and put your change on top of it"
