"""Hashes of changed pictures stay near, those of other pictures are far."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from embeddings.images.hashing import distance, perceptual_hash
from embeddings.images.reading import read_picture
from tests.embeddings.images.pictures import packed, scene

CHANGES = {
    "scaled": lambda image: image.resize((97, 71)),
    "packed hard": lambda image: Image.open(io.BytesIO(packed(image, "JPEG", quality=20))),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "with less contrast": lambda image: ImageEnhance.Contrast(image).enhance(0.7),
    "without colour": lambda image: image.convert("L").convert("RGB"),
    "with a frame of a pixel": lambda image: image.crop((1, 1, image.width - 1, image.height - 1)),
}
SCENES = 60


@pytest.fixture(scope="module")
def hashes():
    return [perceptual_hash(scene(seed)) for seed in range(SCENES)]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_nearer_to_itself_than_to_all_others(hashes, change):
    for seed, own in enumerate(hashes):
        changed = perceptual_hash(CHANGES[change](scene(seed)))
        assert distance(own, changed) <= 8
        others = [distance(changed, other) for at, other in enumerate(hashes) if at != seed]
        assert min(others) > distance(own, changed)


def test_other_pictures_differ_in_about_half_of_the_bits(hashes):
    apart = [distance(a, b) for at, a in enumerate(hashes) for b in hashes[:at]]
    assert 26 < np.mean(apart) < 36
    assert min(apart) > 8


def test_a_picture_read_from_a_file_has_the_hash_of_the_picture():
    image = scene(7)
    assert perceptual_hash(read_picture(packed(image), "it")) == perceptual_hash(image)


@pytest.mark.parametrize("colour", ["white", "black", (200, 30, 30)])
def test_a_plain_picture_has_no_hash(colour):
    assert perceptual_hash(Image.new("RGB", (300, 200), colour)) is None
