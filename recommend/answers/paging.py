"""Page tokens: opaque to who carries them, bound to the question and to what it is answered from."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from recommend.errors import InvalidPageToken

_FORM = struct.Struct(">B8s8sH8s")
_VERSION = 1


def digest(*parts: str) -> bytes:
    """Eight bytes that stand for these texts, in this order."""
    joined = b"".join(struct.pack(">I", len(part.encode())) + part.encode() for part in parts)
    return hashlib.blake2b(joined, digest_size=8).digest()


@dataclass(frozen=True, slots=True)
class Pages:
    """Writes and reads the tokens of one question.

    Attributes:
        question: digest of what is asked, by whom.
        state: digest of the snapshot, models and settings that it is answered from.
    """

    question: bytes
    state: bytes

    def token(self, offset: int) -> str:
        """The token of the page that begins at this place."""
        head = struct.pack(">B8s8sH", _VERSION, self.question, self.state, offset)
        whole = head + hashlib.blake2b(head, digest_size=8).digest()
        return base64.urlsafe_b64encode(whole).decode().rstrip("=")

    def offset(self, token: str | None) -> int:
        """Where the page begins that a token stands for; 0 without one.

        Raises:
            InvalidPageToken: it is damaged, of another question, or what it was answered from is gone.
        """
        if token is None:
            return 0
        try:
            whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            version, question, state, offset, check = _FORM.unpack(whole)
        except (binascii.Error, struct.error, ValueError) as error:
            raise InvalidPageToken("it is not a token of ours") from error
        if version != _VERSION or hashlib.blake2b(whole[:-8], digest_size=8).digest() != check:
            raise InvalidPageToken("it is damaged")
        if question != self.question:
            raise InvalidPageToken("it belongs to another question")
        if state != self.state:
            raise InvalidPageToken("what it was answered from has been replaced")
        return int(offset)
