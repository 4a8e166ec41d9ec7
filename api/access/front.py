"""Several tenants behind one address: the key says whose data answer."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.door import key_given
from api.access.keys import ApiKeys


class Front:
    """Passes each request on to the tenant whose key it has; without a key of anybody's, to the first one.

    A tenant is a whole application over a data folder of its own, so nothing of one can be in another's answers.

    Args:
        tenants: keys and application of each; the first one's says what is wrong with a key that is none.
    """

    def __init__(self, tenants: Sequence[tuple[ApiKeys, ASGIApp]]) -> None:
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        app = self._tenants[0][1]
        key = key_given(scope) if scope["type"] == "http" else None
        if key is not None:
            app = next((each for keys, each in self._tenants if keys.caller(key) is not None), app)
        await app(scope, receive, send)
