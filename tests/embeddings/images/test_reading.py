"""Pictures as people see them, and files that are none, damaged, or bombs."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from embeddings.errors import PictureRefused
from embeddings.images.reading import FORMATS, SIDE, PictureLimits, read_picture
from tests.embeddings.images.pictures import packed, scene


def read(content: bytes, **limits):
    return read_picture(content, "it", PictureLimits(**limits))


def refused(content: bytes, **limits) -> PictureRefused:
    with pytest.raises(PictureRefused) as told:
        read(content, **limits)
    assert str(told.value).startswith("it: ")
    return told.value


def far(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures, of 255."""
    return float(np.abs(np.asarray(one, np.float32) - np.asarray(other.convert("RGB"), np.float32)).mean())


@pytest.mark.parametrize("form", FORMATS)
def test_every_kind_of_file_gives_the_picture(form):
    image = scene(1)
    found = read(packed(image.convert("P") if form == "GIF" else image, form))
    assert (found.mode, found.size) == ("RGB", image.size)
    assert far(found, image) < (20 if form == "GIF" else 8)


def test_a_large_picture_is_made_smaller_and_keeps_its_form():
    assert read(packed(scene(1, (3000, 1500)), "JPEG")).size == (SIDE, SIDE // 2)


def test_a_picture_is_turned_as_its_camera_was_held():
    image = scene(2)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter, clockwise, to be looked at
    found = read(packed(image, "JPEG", exif=exif, quality=95))
    assert far(found, image.rotate(-90, expand=True)) < 3


def test_what_is_transparent_is_white():
    image = scene(3).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 160, 240))
    found = np.asarray(read(packed(image)))
    assert (found[:, :150] == 255).all()
    assert not (found[:, 170:] == 255).all()


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode):
    image = scene(4)
    if mode == "I;16":
        changed = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
        assert changed.mode == "I;16"
    else:
        changed = image.convert(mode)
    found = read(packed(changed, "TIFF"))
    assert found.mode == "RGB"
    if mode not in {"1", "P", "CMYK"}:
        assert far(found, image.convert("L")) < 8


def bomb(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes whose header promises that many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(9_000, 9_000), (10_000, 10_000), (60_000, 60_000), (2_000_000_000, 2_000_000_000)])
def test_a_bomb_is_refused_from_its_header(size):
    assert refused(bomb(*size)).kind == "large"


def test_a_text_that_unpacks_to_very_much_is_refused():
    text = zlib.compress(b"a" * 100_000_000, 9)
    image = packed(scene(1))
    whole = b"zTXtnote\0\0" + text
    chunk = struct.pack(">I", len(whole) - 4) + whole + struct.pack(">I", zlib.crc32(whole))
    assert refused(image[:33] + chunk + image[33:]).kind == "damaged"


def test_limits_are_the_callers():
    content = packed(scene(1))
    assert refused(content, bytes=len(content) - 1).kind == "large"
    assert refused(content, pixels=320 * 240 - 1).kind == "large"
    assert read(content, bytes=len(content), pixels=320 * 240).size == (320, 240)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"])
def test_what_is_no_picture_says_so(content):
    assert refused(content).kind == "unknown"


@pytest.mark.parametrize("form", FORMATS)
def test_damage_of_any_kind_is_told_or_survived_and_nothing_else_happens(form):
    """Bytes changed and files cut off: a picture comes out, or the one error."""
    whole = packed(scene(5, (64, 48)), form)
    rng = np.random.default_rng(len(form))
    failed = 0
    for _ in range(150):
        content = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 6)).tolist():
            content[place] = int(rng.integers(256))
        cut = int(rng.integers(1, len(whole) + 1)) if rng.random() < 0.3 else len(whole)
        try:
            assert read(bytes(content[:cut]), pixels=1_000_000).mode == "RGB"
        except PictureRefused:
            failed += 1
    assert failed > 10
