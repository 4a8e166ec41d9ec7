"""Networks from ONNX files, made here."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from embeddings.errors import EncoderRefused
from embeddings.images.encoder import SCALES, OnnxEncoder, prepared
from graph.errors import InvalidValue
from tests.embeddings.images.pictures import scene


def mean_colour(path: Path, *, side: int | str = 8, spatial: bool = False, dims=None, bad: float = 0.0) -> Path:
    """A network whose vector is a picture's mean colour, or, ``spatial``, a map of its own pixels."""
    taken = helper.make_tensor_value_info("picture", TensorProto.FLOAT, dims or ["n", 3, side, side])
    given = helper.make_tensor_value_info("vector", TensorProto.FLOAT, None)
    added = numpy_helper.from_array(np.array([bad], np.float32), "added")
    first = helper.make_node("Add", ["picture", "added"], ["sum"])
    axes = numpy_helper.from_array(np.array([2, 3], np.int64), "axes")
    last = (
        helper.make_node("Identity", ["sum"], ["vector"])
        if spatial
        else helper.make_node("ReduceMean", ["sum", "axes"], ["vector"], keepdims=0)
    )
    graph = helper.make_graph([first, last], "mean", [taken], [given], [added] if spatial else [added, axes])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize("spatial", [False, True], ids=["one vector", "a map"])
@pytest.mark.parametrize("scale", SCALES)
def test_the_vector_is_what_the_network_says_at_length_one(tmp_path, spatial, scale):
    encoder = OnnxEncoder.open(mean_colour(tmp_path / "net.onnx", spatial=spatial), scale=scale)
    assert (encoder.side, encoder.dim) == (8, 3)
    images = [scene(seed) for seed in range(5)]
    expected = prepared(images, 8, scale).mean(axis=(2, 3))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(encoder.encode(images), expected, rtol=1e-4, atol=1e-5)


def test_pixels_are_scaled_as_the_network_was_trained_with_and_the_middle_is_taken():
    image = Image.new("RGB", (40, 10), (255, 0, 0))
    image.paste((0, 0, 255), (15, 0, 25, 10))
    mean, deviation = (np.array(each) for each in SCALES["imagenet"])
    found = prepared([image], 10, "imagenet")
    assert found.shape == (1, 3, 10, 10)
    expected = (np.array([0, 0, 1.0]) - mean) / deviation
    np.testing.assert_allclose(found[0], np.broadcast_to(expected[:, None, None], (3, 10, 10)), rtol=1e-5)


def test_a_network_for_any_size_gets_the_usual_one(tmp_path):
    assert OnnxEncoder.open(mean_colour(tmp_path / "net.onnx", side="side")).side == 224


def test_no_pictures_are_no_vectors(tmp_path):
    assert OnnxEncoder.open(mean_colour(tmp_path / "net.onnx")).encode([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda path: mean_colour(path, dims=["n", 1, 8, 8]), "takes"),
        (lambda path: mean_colour(path, dims=["n", 3, 8, 9]), "squares"),
        (lambda path: mean_colour(path, dims=["n", 24]), "takes"),
        (lambda path: mean_colour(path, bad=float("nan")), "no numbers"),
        (lambda path: path.write_bytes(b"not a network"), "cannot be opened"),
        (lambda path: path.write_bytes(b""), "cannot be opened"),
        (lambda path: None, "cannot be read"),
    ],
    ids=["grey", "no squares", "flat", "not finite", "no network", "empty", "not there"],
)
def test_what_is_no_such_network_is_refused(tmp_path, made, says):
    path = tmp_path / "net.onnx"
    made(path)
    with pytest.raises(EncoderRefused, match=says):
        OnnxEncoder.open(path)


def test_an_output_or_scale_that_is_none_is_refused(tmp_path):
    path = mean_colour(tmp_path / "net.onnx")
    with pytest.raises(EncoderRefused, match="'embedding'"):
        OnnxEncoder.open(path, output="embedding")
    with pytest.raises(InvalidValue, match="imagenet"):
        OnnxEncoder.open(path, scale="sepia")


def test_rows_of_a_picture_stay_rows():
    image = Image.new("RGB", (12, 12), "black")
    image.paste((255, 0, 0), (0, 0, 12, 6))
    red = prepared([image], 12, "unit")[0, 0]
    assert (red[:5] > 0.9).all()
    assert (red[7:] < 0.1).all()
