"""`tastegraph export`: files that the other libraries open."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest
import torch

from api.cli import run

Printed = pytest.CaptureFixture[str]


def test_networkx_opens_what_was_exported(data: Path, tmp_path: Path, capsys: Printed) -> None:
    to = tmp_path / "town.json"
    assert run(["export", "networkx", str(to), "--data", str(data)]) == 0
    graph = nx.node_link_graph(json.loads(to.read_text(encoding="utf-8")), edges="edges")
    assert graph.nodes["User:u-1-3"]["display_name"] == "Person 1.3"
    assert graph.number_of_edges("User:u-1-3", "User:u-1-4") == 1
    assert f"{graph.number_of_nodes():,} nodes" in capsys.readouterr().err


def test_a_part_around_a_node_is_smaller(data: Path, tmp_path: Path) -> None:
    to = tmp_path / "near.graphml"
    asked = ["--around", "User:u-1-3", "--hops", "1", "--label", "User"]
    assert run(["export", "networkx", str(to), "--data", str(data), *asked]) == 0
    assert set(nx.read_graphml(to)) == {f"User:u-1-{each}" for each in range(1, 6)}


def test_pyg_opens_what_was_exported_with_a_models_vectors(data: Path, tmp_path: Path) -> None:
    to = tmp_path / "town.pt"
    assert run(["export", "pyg", str(to), "--data", str(data), "--model", "spectral"]) == 0
    found = torch.load(to, weights_only=False)
    assert found["Product"].x.shape[0] == found["Product"].num_nodes == 18
    assert found["User", "RATED", "Product"].num_edges == 96


@pytest.mark.parametrize(
    ("asked", "code", "mends"),
    [
        (["networkx", "town.pickle"], "invalid_value", ".graphml"),
        (["networkx", "town.json", "--around", "u-1-3"], "invalid_value", "LABEL:ID"),
        (["networkx", "town.json", "--around", "User:nobody"], "unknown_node", "nobody"),
        (["networkx", "town.json", "--most-edges", "3"], "invalid_value", "allow more"),
        (["pyg", "town.pt", "--model", "lightgcn"], "model_missing", "tastegraph train lightgcn"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    asked: list[str], code: str, mends: str, data: Path, tmp_path: Path, capsys: Printed
) -> None:
    kind, name, *more = asked
    assert run(["export", kind, str(tmp_path / name), "--data", str(data), *more]) != 0
    told = capsys.readouterr().err
    assert f"error[{code}]" in told
    assert mends in told
    assert list(tmp_path.iterdir()) == []
