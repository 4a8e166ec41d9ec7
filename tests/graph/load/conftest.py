"""A folder with files, a mapping on them, and a data folder to load them into."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graph.folder import DataFolder
from graph.load import LoadReport, load

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

RATINGS = """
[[events]]
file = "ratings.csv"
type = "rated"
columns = { user_id = "user", product_id = "product", value = "stars" }
"""


@dataclass
class Shop:
    """Files in one folder, the graph in another."""

    files: Path
    data: DataFolder

    def put(self, name: str, content: str | bytes, *, packed: bool = False) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(raw) if packed else raw)
        return path

    def load(self, mapping: str, **options: Any) -> LoadReport:
        path = self.put("mapping.toml", mapping)
        return load(path, self.data, now=NOW, **options)

    def edges(self, *key: str) -> list[tuple[str | None, str | None]]:
        """Standing edges by external ids."""
        store = self.data.open_store(read_only=True)
        try:
            sources = [each for batch in store.node_ids(key[0]) for each in batch]
            targets = [each for batch in store.node_ids(key[2]) for each in batch]
            found = [
                (sources[source], targets[target])
                for arrays in store.edges((key[0], key[1], key[2]))
                for source, target in zip(arrays.source.tolist(), arrays.target.tolist(), strict=True)
            ]
        finally:
            store.close()
        return sorted(found, key=str)

    def ratings(self) -> list[tuple[str | None, str | None, float, int]]:
        """Users, products, stars and times of the ratings that count."""
        store = self.data.open_store(read_only=True)
        try:
            users = [each for batch in store.node_ids("User") for each in batch]
            products = [each for batch in store.node_ids("Product") for each in batch]
            found = []
            for arrays in store.edges(("User", "RATED", "Product")):
                assert arrays.value is not None
                columns = (arrays.source.tolist(), arrays.target.tolist(), arrays.value.tolist(), arrays.at.tolist())
                found += [(users[u], products[p], value, at) for u, p, value, at in zip(*columns, strict=True)]
        finally:
            store.close()
        return sorted(found, key=str)

    def properties(self, label: str, node_id: str) -> dict[str, Any] | None:
        store = self.data.open_store(read_only=True)
        try:
            return store.properties(label, node_id)
        finally:
            store.close()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    files = tmp_path / "files"
    files.mkdir()
    return Shop(files, DataFolder(tmp_path / "data"))
