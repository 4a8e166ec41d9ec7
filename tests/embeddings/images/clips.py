"""Short clips made for tests."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tests.embeddings.images.pictures import scene

FPS = 10


def clip(path: Path, shots: list[tuple[int, int]], *, codec: str = "mpeg4", size=(160, 120), pan: int = 1) -> Path:
    """A video of shots, each a scene over which the camera moves.

    Args:
        path: of the file.
        shots: ``(seed of the scene, frames)``.
        codec: as FFmpeg calls it.
        size: of a frame.
        pan: pixels that the camera moves from frame to frame.
    """
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.gop_size = 1000  # only the first frame can be unpacked alone
        number = 0
        for seed, length in shots:
            wide = scene(seed, (size[0] + pan * length, size[1]))
            for step in range(length):
                seen = wide.crop((pan * step, 0, pan * step + size[0], size[1]))
                frame = av.VideoFrame.from_ndarray(np.asarray(seen), format="rgb24")
                frame.pts = number
                number += 1
                container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def still(seed: int, length: int, size=(160, 120), pan: int = 1) -> Image.Image:
    """The first picture of a shot, as `clip` makes it."""
    return scene(seed, (size[0] + pan * length, size[1])).crop((0, 0, *size))
