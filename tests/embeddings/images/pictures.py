"""Pictures made for tests: each seed is another scene, and the same seed always the same one."""

import io

import numpy as np
from PIL import Image, ImageDraw


def scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Coloured shapes over a gradient."""
    rng = np.random.default_rng(seed)
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    turn = rng.uniform(0, 2 * np.pi, 3)
    ground = [
        127 + 90 * np.sin(turn[band] + 3 * x * rng.uniform(-1, 1) + 3 * y * rng.uniform(-1, 1)) for band in range(3)
    ]
    image = Image.fromarray(np.stack(ground, axis=-1).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(7):
        left, top = rng.uniform(-0.1, 0.9) * width, rng.uniform(-0.1, 0.9) * height
        box = (left, top, left + rng.uniform(0.15, 0.5) * width, top + rng.uniform(0.15, 0.5) * height)
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape(box, fill=tuple(int(each) for each in rng.integers(0, 256, 3)))
    return image


def packed(image: Image.Image, form: str = "PNG", **options) -> bytes:
    """A picture as the bytes of a file."""
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()
