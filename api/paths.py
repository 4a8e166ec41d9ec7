"""Ids in addresses: any string, written with percent encoding, slashes too."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import Path
from pydantic import AfterValidator
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import InvalidRequest
from api.problems import problem

LONGEST_ID = 256


class EncodedSlashes:
    """Keeps ``%2F`` inside one part of the path, where a server would decode it into a separator.

    Behind it, a part of the path has every percent sign and slash of its own still encoded, and
    nothing else; `NodeId` undoes that.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the path of one request; refuse one whose encoding is not UTF-8."""
        if scope["type"] == "http" and b"%" in scope.get("raw_path", b""):
            raw = scope["raw_path"].decode("ascii", "replace")
            try:
                path = "/".join(map(_encoded_part, raw.split("/")))
            except UnicodeDecodeError:
                error = InvalidRequest([("path", "percent encoding must spell UTF-8")])
                await problem(error, raw)(scope, receive, send)
                return
            scope = {**scope, "path": path}
        await self.app(scope, receive, send)


def _encoded_part(part: str) -> str:
    return unquote(part, errors="strict").replace("%", "%25").replace("/", "%2F")


def _decoded(part: str) -> str:
    value = unquote(part)
    size = len(value.encode())
    if not 1 <= size <= LONGEST_ID:
        raise ValueError(f"an id has 1 to {LONGEST_ID} bytes, this one has {size}")
    return value


NodeId = Annotated[
    str,
    AfterValidator(_decoded),
    Path(description="External id, percent-encoded: a slash is written `%2F`.", examples=["42"]),
]
"""An id in the path, as the route gets it: decoded, 1 to 256 bytes."""
