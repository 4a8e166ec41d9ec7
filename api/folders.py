"""Which data folder, and which store it has; apart from `api.wiring`, so that what only writes starts at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import InvalidSetting
from api.settings import Settings, StoreSettings
from graph.folder import DataFolder
from graph.sqlite import Durability
from graph.store.port import GraphStore

if TYPE_CHECKING:
    from graph.store.neo4j.connection import Neo4jConfig


def open_folder(settings: Settings) -> DataFolder:
    """The data folder that the settings name, with the store that they choose."""
    folder = DataFolder(settings.data)
    folder.settle()
    return with_neo4j(settings, folder) if uses_neo4j(settings, folder) else folder


def embedded_folder(settings: Settings) -> DataFolder:
    """The data folder with its embedded store, whatever the settings choose: a projection of the same log."""
    return DataFolder(settings.data)


def uses_neo4j(settings: Settings, folder: DataFolder) -> bool:
    """Whether the folder's graph lives on a server; of an adopted graph we keep an embedded copy."""
    return settings.store.engine == "neo4j" and not folder.adopted.exists()


def with_neo4j(settings: Settings, folder: DataFolder) -> DataFolder:
    """The same folder with its graph on the server that the settings name.

    Raises:
        InvalidSetting: they name none.
    """
    from graph.store.neo4j.store import Neo4jGraphStore  # brings the driver

    config = neo4j_config(settings.store)

    def open_neo4j(_path: Path, /, *, durability: Durability, read_only: bool) -> GraphStore:  # noqa: ARG001
        return Neo4jGraphStore(config, read_only=read_only)

    return DataFolder(folder.path, open_neo4j)


def neo4j_config(given: StoreSettings) -> Neo4jConfig:
    """Where the Neo4j server is.

    Raises:
        InvalidSetting: the settings do not say, whatever the engine.
    """
    for name, value in (("URL", given.url), ("PASSWORD", given.password)):
        if not value:
            raise InvalidSetting(f"TASTEGRAPH_STORE__{name}", "is needed to reach a Neo4j server")
    from graph.store.neo4j.connection import Neo4jConfig

    assert given.url is not None
    assert given.password is not None
    return Neo4jConfig(
        url=given.url,
        user=given.user,
        password=given.password.get_secret_value(),
        database=given.database,
        connect_s=given.connect_s,
        acquire_s=given.acquire_s,
        query_s=given.query_s,
        ca_file=given.ca_file,
    )
