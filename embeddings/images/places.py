"""Where the pictures of a graph lie: the addresses that nodes name, and the bytes behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from embeddings.errors import PictureRefused
from graph.snapshot.view import LiveView

LABELS = ("Product", "Post")
"""Labels whose nodes have pictures."""
WEB = ("http", "https")
VIDEO_ENDINGS = (".mp4", ".m4v", ".webm", ".mkv", ".mov", ".avi")
MOST_OF_ONE = 20
"""Addresses that are looked at of one node."""

Fetch = Callable[[str], bytes]
"""Gets the bytes behind an address on the web, or raises `PictureRefused`."""


@dataclass(frozen=True, slots=True)
class Named:
    """An address that a node names.

    Attributes:
        label: of the node.
        row: of the node.
        address: a path, a ``file:`` address, or one on the web.
    """

    label: str
    row: int
    address: str

    @property
    def is_video(self) -> bool:
        """Whether it ends as videos do."""
        return Path(_path(self.address)).suffix.lower() in VIDEO_ENDINGS


def addresses(view: LiveView, label: str) -> Iterator[Named]:
    """The pictures and videos that standing nodes name, by row.

    Of a product ``image`` and, among its attributes, ``images`` and ``video``; of a post ``images`` and, likewise,
    ``video``. Each may be one address or a list.
    """
    gone = view.gone(label)
    for row in range(view.count(label)):
        if len(gone) and gone[row]:
            continue
        given = view.json(label, "attributes", row)
        more = given if isinstance(given, dict) else {}
        if label == "Product":
            values = [view.text(label, "image", row), more.get("images"), more.get("video")]
        else:
            values = [view.json(label, "images", row), more.get("video")]
        listed = dict.fromkeys(each for value in values for each in _listed(value))
        for address in list(listed)[:MOST_OF_ONE]:
            yield Named(label, row, address)


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:  # brackets that are never closed
        return ""


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Places:
    """Finds the files behind addresses.

    Attributes:
        folder: relative addresses begin here; no file outside it is ever opened, whatever a node names.
        fetch: gets addresses on the web; None leaves them out.
    """

    folder: Path
    fetch: Fetch | None = None

    def on_web(self, address: str) -> bool:
        """Whether an address is one on the web."""
        return address.partition("://")[0].lower() in WEB

    def file_of(self, address: str) -> Path:
        """The file behind an address that is not on the web.

        Raises:
            PictureRefused: it is of another kind, lies outside the folder, or is not there.
        """
        try:
            parts = urlsplit(address)
            path = Path(unquote(parts.path) if parts.scheme == "file" else address)
            home = self.folder.resolve()
            found = (home / path).resolve()
            if len(parts.scheme) > 1 and parts.scheme != "file":
                raise PictureRefused(address, "unknown", f"addresses that begin with {parts.scheme}: are not read")
            if not found.is_relative_to(home):
                raise PictureRefused(address, "outside", f"it lies outside {self.folder}")
            if not found.is_file():
                raise PictureRefused(address, "missing", f"there is no such file in {self.folder}")
        except (OSError, ValueError) as error:  # a name too long, a zero byte, a loop of links
            raise PictureRefused(address, "missing", f"it names no file ({error})") from error
        return found

    def content(self, address: str, most_bytes: int) -> bytes:
        """The bytes behind an address.

        Raises:
            PictureRefused: it cannot be had, or has more than ``most_bytes``.
        """
        if self.on_web(address):
            if self.fetch is None:
                raise PictureRefused(address, "web", "addresses on the web are fetched only when asked for")
            return self.fetch(address)
        path = self.file_of(address)
        try:
            with path.open("rb") as file:
                found = file.read(most_bytes + 1)
        except OSError as error:
            raise PictureRefused(address, "missing", f"it cannot be read ({error.strerror})") from error
        if len(found) > most_bytes:
            raise PictureRefused(address, "large", f"it has more than {most_bytes:,} bytes")
        return found
