import numpy as np
import pytest

from embeddings.artefact import load_model, save_model, versions
from embeddings.errors import ModelDamaged, ModelMissing
from embeddings.models import model
from graph.errors import ForeignVersion, InvalidValue

TABLES = {"User": np.ones((3, 2), np.float32), "Product:fold_in": np.arange(8, dtype=np.float32).reshape(4, 2)}


def saved(folder, tables=None):
    return save_model(folder, model("spectral", {"dim": 2}), tables or TABLES, "snapshot-1", 7, {"recall@20": 0.25})


def test_a_model_comes_back_as_it_was_saved(tmp_path):
    version = saved(tmp_path).version
    found = load_model(tmp_path / "spectral")
    assert (found.name, found.version, found.snapshot_id, found.seed) == ("spectral", version, "snapshot-1", 7)
    assert found.settings["dim"] == 2
    assert found.metrics == {"recall@20": 0.25}
    for label, vectors in TABLES.items():
        np.testing.assert_array_equal(found.tables[label], vectors)
        assert not found.tables[label].flags.writeable


def test_a_flipped_bit_anywhere_is_never_served(tmp_path):
    home = tmp_path / "spectral" / saved(tmp_path).version
    rng = np.random.default_rng(0)
    for path in sorted(home.iterdir()):
        whole = path.read_bytes()
        for _ in range(200):
            place, bit = int(rng.integers(len(whole))), int(rng.integers(8))
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            with pytest.raises((ModelDamaged, ForeignVersion)):
                load_model(tmp_path / "spectral")
        path.write_bytes(whole)
    load_model(tmp_path / "spectral")


def test_a_missing_table_is_damage_and_a_missing_model_is_missing(tmp_path):
    with pytest.raises(ModelMissing, match="tastegraph train spectral"):
        load_model(tmp_path / "spectral")
    home = tmp_path / "spectral" / saved(tmp_path).version
    (home / "User.npy").unlink()
    with pytest.raises(ModelDamaged, match=r"User\.npy"):
        load_model(tmp_path / "spectral")


def test_the_newest_three_versions_are_kept(tmp_path):
    made = [saved(tmp_path).version for _ in range(5)]
    assert set(versions(tmp_path / "spectral")) == set(made[-3:])
    assert load_model(tmp_path / "spectral").version == made[-1]
    assert load_model(tmp_path / "spectral", made[-2]).version == made[-2]


def test_a_table_that_is_not_finite_leaves_the_version_before_current(tmp_path):
    before = saved(tmp_path).version
    with pytest.raises(InvalidValue, match="not finite"):
        saved(tmp_path, {"User": np.full((1, 1), np.nan, np.float32)})
    assert load_model(tmp_path / "spectral").version == before
    assert [each.name for each in (tmp_path / "spectral").glob(".*")] == []
