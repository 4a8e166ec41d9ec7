"""Perceptual hashes: 64 bits that stay nearly the same when a picture is scaled, packed again or made brighter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

BITS = 64
PLAIN_BELOW = 4.0
"""Standard deviation of brightness, of 255, below which a picture is plain: its hash would say nothing."""


def perceptual_hash(image: Image) -> int | None:
    """The 64 signs of the low frequencies of a picture's brightness against their median.

    Returns:
        The hash, the picture's upper left in the highest bit; None for a plain picture, such as an empty placeholder,
        whose hash would be that of all other plain ones.

    Source:
        Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, as ImageHash has it
        (``phash``: 8 × 8 of the cosine transform of 32 × 32 pixels).
    """
    import imagehash

    small = np.asarray(image.convert("L").resize((32, 32)), np.float32)
    if float(small.std()) < PLAIN_BELOW:
        return None
    bits = imagehash.phash(image).hash
    return int.from_bytes(np.packbits(bits.reshape(-1)).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """In how many bits two hashes differ."""
    return (one ^ other).bit_count()
