"""The errors that the recommend layer raises on purpose.

::

    TastegraphError
    └── BadInput
        ├── InvalidPageToken   a page token is damaged, of another question, or of a snapshot or model no longer served
        └── InvalidLimit       more or fewer items asked for than one answer can hold
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
