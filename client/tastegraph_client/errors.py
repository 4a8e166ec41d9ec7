"""What can go wrong between a program and the service."""

from __future__ import annotations


class TastegraphClientError(Exception):
    """The service could not be asked, or refused."""


class Unreachable(TastegraphClientError):
    """No answer came, however often it was tried."""


class ApiError(TastegraphClientError):
    """The service refused.

    Attributes:
        status: of HTTP.
        code: stable, such as ``unknown_placement``; ``http_error`` where the answer was none of the service's.
        detail: what, where, and how to mend it.
        request_id: under which the service's log tells of it.
    """

    def __init__(self, status: int, code: str, detail: str, request_id: str | None) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.request_id = request_id
