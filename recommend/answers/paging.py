"""Page tokens: what is left of a ranked slate, carried by who asked, signed, and bound to the question.

The first page ranks; its token carries the rest of that ranking. So later pages neither repeat nor miss anything,
whatever happens meanwhile, on whichever process or snapshot they are answered.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from graph.snapshot.view import LiveView
from recommend.errors import InvalidPageToken
from recommend.query import NOBODY, Rows
from recommend.rank.fusion import Ranked

_VERSION = 2
_MAC = 16
_HEAD = struct.Struct(">B8s")
_MOST_BYTES = 1 << 20
"""Most bytes that a token's content may have once it is opened."""


def digest(*parts: str) -> bytes:
    """Eight bytes that stand for these texts, in this order."""
    joined = b"".join(struct.pack(">I", len(part.encode())) + part.encode() for part in parts)
    return hashlib.blake2b(joined, digest_size=8).digest()


@dataclass(frozen=True, slots=True)
class Pinned:
    """A ranked slate from one place on.

    Attributes:
        attribution: of the whole slate.
        place: of the first item that is left; 0 for the whole.
        ranked: what is left.
    """

    attribution: str
    place: int
    ranked: Ranked


class Pages:
    """Writes and reads tokens.

    Args:
        key: signs them: who does not know it cannot make one. Processes that answer for each other share it.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, question: bytes, view: LiveView, label: str, pinned: Pinned) -> str:
        """The token of the page that begins with what is left.

        Args:
            question: digest of what is asked, by whom.
            view: knows the ids: rows would not outlive every snapshot.
            label: of what is ranked.
            pinned: what is left.
        """
        ranked = pinned.ranked
        causes, because = np.unique(ranked.because, return_inverse=True)
        content = orjson.dumps(
            [
                pinned.attribution,
                pinned.place,
                ranked.sources,
                [view.id_of(label, row) for row in ranked.rows.tolist()],
                [None if row == NOBODY else view.id_of("Product", row) for row in causes.tolist()],
            ]
        )
        columns = [ranked.scores.astype("<f4"), ranked.offered_by.astype("<i4"), because.astype("<i4")]
        body = struct.pack(">I", len(content)) + content + b"".join(each.tobytes() for each in columns)
        whole = _HEAD.pack(_VERSION, question) + zlib.compress(body, 1)
        return base64.urlsafe_b64encode(whole + self._mac(whole)).decode().rstrip("=")

    def pinned(self, token: str, question: bytes, view: LiveView, label: str) -> Pinned:
        """What a token carries; what the view does not know any more is left out.

        Raises:
            InvalidPageToken: it is none of ours, changed, or of another question.
        """
        try:
            whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidPageToken("it is not a token of ours") from error
        signed, mac = whole[:-_MAC], whole[-_MAC:]
        if len(signed) < _HEAD.size or not hmac.compare_digest(mac, self._mac(signed)):
            raise InvalidPageToken("it is not a token of ours, or was changed")
        version, asked = _HEAD.unpack_from(signed)
        if version != _VERSION:
            raise InvalidPageToken("it is of another version of tastegraph")
        if asked != question:
            raise InvalidPageToken("it belongs to another question")
        return _opened(zlib.decompressobj().decompress(signed[_HEAD.size :], _MOST_BYTES), view, label)

    def _mac(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, digest_size=_MAC, key=self._key).digest()


def _opened(body: bytes, view: LiveView, label: str) -> Pinned:
    (length,) = struct.unpack_from(">I", body)
    attribution, place, sources, ids, causes = orjson.loads(body[4 : 4 + length])
    count, at = len(ids), 4 + length
    scores = np.frombuffer(body, "<f4", count, at).astype(np.float32)
    offered_by = np.frombuffer(body, "<i4", count, at + 4 * count).astype(np.int32)
    because = np.frombuffer(body, "<i4", count, at + 8 * count)
    rows = _rows(view, label, ids)
    ranked = Ranked(rows, scores, _rows(view, "Product", causes)[because], offered_by, tuple(sources))
    return Pinned(attribution, place, ranked.taken(np.flatnonzero(rows >= 0).astype(np.int32)))


def _rows(view: LiveView, label: str, ids: Sequence[str | None]) -> Rows:
    return np.array([NOBODY if each is None else view.row_of(label, each) for each in ids], np.int32)
