"""Which scope each route needs, and whom a key of one person may ask about."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Literal
from urllib.parse import unquote

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.access.keys import EVERYTHING, Caller, Scope
from api.errors import Forbidden, Unauthenticated

CALLER = "tastegraph.caller"
"""Where a request's scope has who asks; without it the service has no keys. `None` for an unknown key, or none."""
NEEDS = "x-scope"
"""Where the OpenAPI description says which scope an operation needs."""
Personal = Literal["never", "path", "body", "always"]
"""Whether a key of one person may ask a route: never; when the path names them; when the body names nobody else, which
the route sees to by `about`; or always, as it is about nobody."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def caller_of(request: Request) -> Caller:
    """Who asks.

    Raises:
        Unauthenticated: the request has no key, or one that is none.
    """
    caller = request.scope.get(CALLER, EVERYTHING)
    if caller is None:
        raise Unauthenticated
    return caller  # type: ignore[no-any-return]


def about(request: Request, people: Iterable[str | None]) -> None:
    """See to it that a key of one person asks and tells about that person alone.

    Raises:
        Forbidden: somebody else is named.
    """
    own = caller_of(request).user_id
    if own is not None and any(each is not None and each != own for each in people):
        raise Forbidden("this key is one person's, and asks and tells about that person alone")


def guarded(scope: Scope, personal: Personal = "never", own: Scope | None = None) -> type[APIRoute]:
    """A class of routes that need a scope, for `APIRouter(route_class=…)`; it is looked at before the body is read.

    Args:
        scope: what a key must be able to do.
        personal: whether a key of one person may ask.
        own: what such a key must be able to do; the same by default.
    """

    class Guarded(APIRoute):
        def __init__(self, *given: Any, openapi_extra: dict[str, Any] | None = None, **more: Any) -> None:
            super().__init__(*given, openapi_extra={**(openapi_extra or {}), NEEDS: scope}, **more)

        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def guard(request: Request) -> Response:
                caller = caller_of(request)
                needed = scope if caller.user_id is None or own is None else own
                if not caller.may(needed):
                    raise Forbidden(f"this needs a key with the scope {needed}")
                if caller.user_id is not None and not _is_own(request, caller.user_id, personal):
                    raise Forbidden("this key is one person's, and asks and tells about that person alone")
                return await handle(request)

            return guard

    return Guarded


def _is_own(request: Request, user_id: str, personal: Personal) -> bool:
    if personal == "path":
        return unquote(request.path_params.get("user_id", "")) == user_id
    return personal != "never"
