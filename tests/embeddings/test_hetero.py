"""The graph in PyG: the same edges as the snapshot's, and what PyG's own tools make of it."""

from collections import Counter

import numpy as np
import pytest
import torch

from embeddings.hetero_torch import save_hetero_data, to_hetero_data
from graph.errors import InvalidValue
from graph.export.extract import Around, Picking
from tests.graph.export.test_extract import edges_of_view
from tests.graph.export.towns import random_town


def edges_of_data(data):
    found = Counter()
    for here, kind, there in data.edge_types:
        store = data[here, kind, there]
        ids = data[here].node_id, data[there].node_id
        for place, (a, b) in enumerate(store.edge_index.t().tolist()):
            time = int(store.time[place]) if "time" in store else 0
            if "predicate" in store:
                time = int(store.predicate[place]) * 2 + int(store.inferred[place])
            found[here, ids[0][a], kind, there, ids[1][b], time] += 1
    return found


@pytest.mark.filterwarnings("ignore:The node types .* are isolated")  # predicates and segments without edges
@pytest.mark.parametrize("seed", range(5))
def test_the_data_have_the_snapshots_edges_and_no_others(tmp_path, seed):
    view = random_town(tmp_path, seed)
    data = to_hetero_data(view, Picking(ended=True))
    data.validate(raise_on_error=True)
    assert edges_of_data(data) == edges_of_view(view)


def test_a_part_is_numbered_anew_and_remembers_its_rows(tmp_path):
    view = random_town(tmp_path, 2)
    data = to_hetero_data(view, Picking(around=Around("Product", "p2", 1)))
    for label in data.node_types:
        assert view.ids_of(label, data[label].rows.numpy().astype(np.int32)) == data[label].node_id
        assert data[label].num_nodes == len(data[label].node_id)
    data.validate(raise_on_error=True)


def test_numbers_are_the_properties_that_are_numbers(tmp_path):
    data = to_hetero_data(random_town(tmp_path, 0))
    names = data["Product"].number_names
    assert set(names) == {"price_minor", "created_at"}
    assert data["Product"].numbers[:, names.index("price_minor")].tolist() == [100.0 + each for each in range(7)]


def test_a_models_vectors_become_x_and_newer_nodes_get_zeros(tmp_path):
    view = random_town(tmp_path, 0)
    table = np.arange(10, dtype=np.float32).reshape(5, 2)
    data = to_hetero_data(view, tables={"Product": table})
    assert data["Product"].x[:5].tolist() == table.tolist()
    assert not data["Product"].x[5:].any()
    with pytest.raises(InvalidValue, match="Product"):
        to_hetero_data(view, tables={"Product": table[0]})


def test_it_comes_back_from_a_file_and_goes_through_pygs_transforms(tmp_path):
    data = to_hetero_data(random_town(tmp_path, 4))
    save_hetero_data(data, tmp_path / "town.pt")
    back = torch.load(tmp_path / "town.pt", weights_only=False)
    assert edges_of_data(back) == edges_of_data(data)
    from torch_geometric.transforms import ToUndirected  # only after ours, which keeps its warnings quiet

    both = ToUndirected()(back)
    assert torch.equal(
        both["Product", "rev_BOUGHT", "User"].edge_index, data["User", "BOUGHT", "Product"].edge_index.flip(0)
    )
