"""Several tenants in one service: a data folder each, with keys of its own."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp

from api.access.front import Front
from api.access.keys import ApiKeys
from api.app import create_app
from api.errors import InvalidSetting
from api.settings import Settings
from api.wiring import Service, open_keys


def tenants_of(settings: Settings) -> list[Settings]:
    """The settings of each tenant: the one of ``data`` first, then those of ``tenants``.

    Raises:
        InvalidSetting: there are several without keys, or not each with an embedded store.
    """
    if settings.tenants and not settings.auth.enabled:
        raise InvalidSetting("TASTEGRAPH_TENANTS", "tenants are told apart by their keys; leave out --no-auth")
    if settings.tenants and settings.store.engine != "embedded":
        raise InvalidSetting("TASTEGRAPH_TENANTS", "tenants have the embedded store each; serve a Neo4j one by itself")
    auth = settings.auth.model_copy(update={"admin_key": None})
    others = ({"data": data, "auth": auth, "tenants": {}} for data in settings.tenants.values())
    return [settings, *(settings.model_copy(update=each) for each in others)]


def application_of(settings: Settings, services: Sequence[Service], workers: int) -> ASGIApp:
    """What a process serves.

    Args:
        settings: of all.
        services: of each tenant, in the order of `tenants_of`.
        workers: processes that share what a key may ask.
    """
    share = settings.auth.requests_per_s / workers
    auth = settings.auth.model_copy(update={"requests_per_s": share})
    apps: list[ASGIApp] = []
    doors: list[tuple[ApiKeys, ASGIApp]] = []
    for each, service in zip(tenants_of(settings), services, strict=True):
        keys = open_keys(each, service.folder)
        apps.append(create_app(service, keys, auth))
        if keys is not None:
            doors.append((keys, apps[-1]))
    return Front(doors) if len(doors) > 1 else apps[0]
