"""A model trained from a data folder gives new people vectors."""

from pathlib import Path

import numpy as np

from api.folders import open_folder
from api.settings import Settings
from api.steps import build_current, load_source
from api.training import train_model
from api.wiring import open_view
from embeddings.artefact import load_model
from embeddings.gnn.sage import stored_network


def test_a_trained_sage_on_disk_is_asked_about_a_person_whom_it_never_saw(tmp_path: Path, mapping: Path) -> None:
    settings = Settings.read(data=tmp_path / "data")
    folder = open_folder(settings)
    load_source(str(mapping), folder, settings)
    build_current(folder)
    train_model(folder, "sage", {"dim": 4, "epochs": 1}, settings)
    model = load_model(folder.models / "sage")
    vector = stored_network(model.arrays, model.details).vector_of("User", {"chose": np.array([0, 1])})
    assert abs(np.linalg.norm(vector) - 1.0) < 1e-5
    assert (model.tables["Product"] @ vector).shape == (open_view(folder).count("Product"),)
