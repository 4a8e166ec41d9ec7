"""What models hold of one person."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from embeddings.artefact import save_model
from embeddings.person import vectors_of


@dataclass(frozen=True)
class Network:
    name: ClassVar[str] = "network"


def test_a_persons_vectors_in_tables_and_within_networks_are_told(tmp_path):
    tables = {"User": np.eye(3, dtype=np.float32), "Product": np.ones((2, 3), np.float32)}
    levels = np.arange(2 * 5 * 2, dtype=np.float32).reshape(2, 5, 2)
    details = {"kinds": ["User", "Product"], "first": [0, 3]}
    save_model(tmp_path, Network(), tables, "s1", 0, details=details, arrays={"network_levels": levels})
    (held,) = vectors_of(tmp_path, "User", {"s1": 2})
    assert held["vectors"] == {"User": [0.0, 0.0, 1.0], "User:network_levels": levels[:, 2].tolist()}
    (thing,) = vectors_of(tmp_path, "Product", {"s1": 1})
    assert thing["vectors"]["Product:network_levels"] == levels[:, 4].tolist()
    assert not list(vectors_of(tmp_path, "User", {"s1": 3})), "somebody who came later is in none"
