"""The errors that the recommend layer raises on purpose.

::

    TastegraphError
    └── BadInput
        ├── InvalidPageToken   a page token is damaged, of another question, or of a snapshot or model no longer served
        ├── InvalidLimit       more or fewer items asked for than one answer can hold
        ├── InvalidQuestion    a search asks for nothing
        └── InvalidFilter      a filter cannot be read, or compares what cannot be compared
"""

from __future__ import annotations

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
    """A search asks for nothing."""

    code = "invalid_question"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the search {self.reason}; say what to look for"
