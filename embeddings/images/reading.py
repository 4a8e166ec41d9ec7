"""Pictures from bytes, with limits: no bombs, no formats that run programs, damage is told."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from embeddings.errors import PictureRefused
from graph.errors import ExtraMissing

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
"""Kinds of pictures that are opened. PostScript and the like, which other programs would have to run, are not."""
SIDE = 512
"""Longest side that is kept, in pixels: more than hashes and common networks look at."""
FAILURES = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    LookupError,
    TypeError,
    OverflowError,
    MemoryError,
    RuntimeError,
    Warning,
)
"""What Pillow raises, or warns of, at damaged files."""


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """How large one picture may be.

    Attributes:
        bytes: of the file.
        pixels: once unpacked; a bomb is refused from its header, before anything is unpacked.
    """

    bytes: int = 50_000_000
    pixels: int = 80_000_000


LIMITS = PictureLimits()


def check_installed() -> None:
    """Refuse early where pictures cannot be read.

    Raises:
        ExtraMissing: Pillow or ImageHash is not installed.
    """
    for module, library in (("PIL", "Pillow"), ("imagehash", "ImageHash")):
        if find_spec(module) is None:
            raise ExtraMissing(library, "images")


def read_picture(content: bytes, place: str, limits: PictureLimits = LIMITS) -> Image:
    """Unpack a picture as people see it: turned as its camera was held, transparent parts on white, the first frame.

    Args:
        content: of the file.
        place: what it is called in errors.
        limits: how large it may be.

    Returns:
        An RGB image of which no side is longer than `SIDE`.

    Raises:
        PictureRefused: it is too large, damaged, cut off, or of a kind that is not opened.
    """
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    if len(content) > limits.bytes:
        raise PictureRefused(place, "large", f"it has {len(content):,} bytes; {limits.bytes:,} are the most")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        try:
            return _unpacked(content, place, limits)
        except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
            raise PictureRefused(place, "large", "it has more pixels than one may have") from error
        except UnidentifiedImageError as error:
            raise PictureRefused(place, "unknown", f"it is none of {', '.join(FORMATS)}") from error
        except FAILURES as error:
            raise PictureRefused(place, "damaged", f"it is damaged ({error or type(error).__name__})") from error


def _unpacked(content: bytes, place: str, limits: PictureLimits) -> Image:
    from PIL import Image as Pillow
    from PIL import ImageOps

    with Pillow.open(io.BytesIO(content), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > limits.pixels:
            reason = f"it has {width:,} × {height:,} pixels; {limits.pixels:,} are the most"
            raise PictureRefused(place, "large", reason)
        opened.draft("RGB", (SIDE, SIDE))  # a JPEG is unpacked at a fraction of its size
        opened.load()
        turned = ImageOps.exif_transpose(opened)
        shown = _on_white(turned)
    shown.thumbnail((SIDE, SIDE), reducing_gap=2.0)
    return shown


def _on_white(image: Image) -> Image:
    from PIL import Image as Pillow

    if image.mode.startswith("I") or image.mode == "F":  # 16 bits a pixel, which Pillow would clip
        values = np.asarray(image, np.float64)
        top = values.max() if values.size and values.max() > 0 else 1.0
        return Pillow.fromarray((values.clip(0) / top * 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    above = image.convert("RGBA")
    white = Pillow.new("RGBA", above.size, (255, 255, 255, 255))
    return Pillow.alpha_composite(white, above).convert("RGB")
