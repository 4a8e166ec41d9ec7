"""Pictures from the web, with limits. Addresses come from data that anybody may have written."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from time import monotonic
from urllib.parse import SplitResult, urljoin, urlsplit

from embeddings.errors import PictureRefused

REDIRECTS = (301, 302, 303, 307, 308)
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class WebFetcher:
    """Gets one file at a time.

    Attributes:
        most_bytes: of one file.
        within_s: longest time for one file, redirects included.
        redirects: that are followed, each looked at as the first address was.
        private: also ask computers that the internet does not reach, such as this one. Without it, nobody who writes
            an address into a post can make us ask for what only we can reach.
    """

    most_bytes: int = 20_000_000
    within_s: float = 15.0
    redirects: int = 3
    private: bool = False

    def __call__(self, address: str) -> bytes:
        """The bytes behind an address.

        Raises:
            PictureRefused: it cannot be had within the limits.
        """
        until = monotonic() + self.within_s
        here = address
        try:
            for _ in range(self.redirects + 1):
                found = self._asked(here, until)
                if isinstance(found, bytes):
                    return found
                here = urljoin(here, found)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PictureRefused(address, "fetch", f"it cannot be had ({error or type(error).__name__})") from error
        raise PictureRefused(address, "fetch", f"it leads on more than {self.redirects} times")

    def _asked(self, address: str, until: float) -> bytes | str:
        """The bytes, or where they are instead."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{address} is no address on the web")
        connection = self._connected(parts, _left(until))
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", target, headers={"User-Agent": "tastegraph", "Accept": "image/*,video/*"})
            answer = connection.getresponse()
            if answer.status in REDIRECTS:
                return answer.getheader("Location") or ""
            if answer.status != http.client.OK:
                raise ValueError(f"the server says {answer.status}")
            return self._body(answer, connection, until)
        finally:
            connection.close()

    def _body(self, answer: http.client.HTTPResponse, connection: http.client.HTTPConnection, until: float) -> bytes:
        content = bytearray()
        while block := answer.read1(BLOCK):
            content += block
            if len(content) > self.most_bytes:
                raise ValueError(f"it has more than {self.most_bytes:,} bytes")
            left = _left(until)
            if connection.sock is not None:
                connection.sock.settimeout(left)
        return bytes(content)

    def _connected(self, parts: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
        """A connection to the very computer that was looked at: a name that means another one later is no way in."""
        host = parts.hostname or ""
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        number = self._number(host, port)
        raw = socket.create_connection((number, port), timeout_s)
        try:
            wrapped = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if secure else raw
        except OSError:
            raw.close()
            raise
        connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        connection.sock = wrapped
        return connection

    def _number(self, host: str, port: int) -> str:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        for number in found:
            if not self.private and not ipaddress.ip_address(number.partition("%")[0]).is_global:
                raise ValueError(f"{host} is {number}, which the internet does not reach")
        return found[0]


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("it takes too long")
    return left
