"""What ``tastegraph export`` does: the graph as a file for networkx or PyG."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from api.folders import open_folder
from api.settings import Settings
from api.wiring import actions_of, open_view
from embeddings.artefact import load_model
from graph.errors import ExtraMissing, InvalidValue
from graph.export.extract import Around, Picking
from graph.schema import NODES


def picking(
    settings: Settings,
    labels: Sequence[str],
    types: Sequence[str],
    around: str | None,
    hops: int,
    fan_out: int | None,
    ended: bool,
) -> Picking:
    """What the command line's words take.

    Raises:
        InvalidValue: ``around`` is not of the form LABEL:ID.
    """
    middle = None
    if around is not None:
        label, colon, node_id = around.partition(":")
        if not colon or label not in NODES:
            raise InvalidValue("around", f"{around!r} is not of the form LABEL:ID, such as Product:p1")
        middle = Around(label, node_id, hops, fan_out)
    return Picking(tuple(labels), tuple(types), middle, ended, actions_of(settings))


def export_networkx(
    settings: Settings, to: Path, what: Picking, *, with_properties: bool = True, most_edges: int | None = None
) -> tuple[int, int]:
    """Write the current snapshot as networkx reads it.

    Returns:
        How many nodes and relationships.

    Raises:
        SnapshotMissing: none has been built.
        InvalidValue, UnknownNode, ExtraMissing: as `graph.export.networkx.to_networkx` and `write_networkx`.
    """
    from graph.export.networkx import MOST_EDGES, form_of, to_networkx, write_networkx

    form_of(to)
    view = open_view(open_folder(settings))
    graph = to_networkx(view, what, with_properties=with_properties, most_edges=most_edges or MOST_EDGES)
    write_networkx(graph, to)
    return graph.number_of_nodes(), graph.number_of_edges()


def export_pyg(settings: Settings, to: Path, what: Picking, model: str | None = None) -> tuple[int, int]:
    """Write the current snapshot as PyG's HeteroData, for ``torch.load(FILE, weights_only=False)``.

    Args:
        settings: name the data folder.
        to: the file.
        what: which part.
        model: a trained model whose vectors become ``x``.

    Returns:
        How many nodes and relationships.

    Raises:
        SnapshotMissing: none has been built.
        ModelMissing: ``model`` has not been trained.
        InvalidValue: it was trained on another snapshot; or as `graph.export.extract.pick`.
        ExtraMissing: PyG is not installed.
    """
    if find_spec("torch_geometric") is None:
        raise ExtraMissing("PyG", "train")
    folder = open_folder(settings)
    view = open_view(folder)
    tables = None
    if model is not None:
        trained = load_model(folder.models / model)
        if trained.snapshot_id != view.snapshot_id:
            raise InvalidValue("model", f"{model} was trained on another snapshot; run `tastegraph train {model}`")
        tables = trained.tables
    from embeddings.hetero_torch import save_hetero_data, to_hetero_data

    data = to_hetero_data(view, what, tables=tables)
    save_hetero_data(data, to)
    return int(data.num_nodes or 0), sum(data[key].num_edges for key in data.edge_types)
