"""The port of networks that turn pictures into vectors, and the one that reads an ONNX file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import EncoderRefused
from graph.errors import ExtraMissing, InvalidValue

if TYPE_CHECKING:
    from PIL.Image import Image

Floats = NDArray[np.float32]

SCALES = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "clip": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "unit": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "symmetric": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}
"""Mean and deviation of each colour, of 1, that networks were trained with."""
USUAL_SIDE = 224


class ImageEncoder(Protocol):
    """Turns pictures into vectors of length 1 whose inner product says how alike they are."""

    @property
    def dim(self) -> int:
        """Length of a vector's array."""

    def encode(self, images: Sequence[Image]) -> Floats:
        """``(len(images), dim)`` float32 of RGB pictures."""


def prepared(images: Sequence[Image], side: int, scale: str) -> Floats:
    """Pictures as networks take them: the middle square of each, ``(n, 3, side, side)`` float32.

    Raises:
        InvalidValue: ``scale`` is none of `SCALES`.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    if scale not in SCALES:
        raise InvalidValue("scale", f"{scale!r} is none; known: {', '.join(SCALES)}")
    mean, deviation = (np.array(each, np.float32) for each in SCALES[scale])
    squares = [ImageOps.fit(each, (side, side), Pillow.Resampling.BICUBIC) for each in images]
    pixels = np.stack([np.asarray(each, np.float32) for each in squares]) / np.float32(255)
    return np.ascontiguousarray(((pixels - mean) / deviation).transpose(0, 3, 1, 2))


@dataclass(frozen=True, slots=True)
class OnnxEncoder:
    """A network from a file; it must take ``(n, 3, side, side)`` float32 and give one vector, or a map, for each.

    Attributes:
        path: of the file.
        sha256: of its bytes, which goes into the manifest.
        scale: one of `SCALES`.
        side: of the squares that it takes, in pixels.
        dim: length of a vector.
    """

    path: Path
    sha256: str
    scale: str
    side: int
    dim: int
    _session: Any
    _input: str
    _output: str

    @classmethod
    def open(cls, path: Path, *, scale: str = "imagenet", output: str | None = None, threads: int = 1) -> OnnxEncoder:
        """Open a file and try it on one picture.

        Args:
            path: of the file.
            scale: one of `SCALES`: what the network was trained with.
            output: name of the output that is taken; the first one without.
            threads: that one batch may use.

        Raises:
            ExtraMissing: ONNX Runtime is not installed.
            EncoderRefused: the file cannot be opened, or is not such a network.
            InvalidValue: ``scale`` is none of `SCALES`.
        """
        if find_spec("onnxruntime") is None:
            raise ExtraMissing("ONNX Runtime", "onnx")
        if scale not in SCALES:
            raise InvalidValue("scale", f"{scale!r} is none; known: {', '.join(SCALES)}")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise EncoderRefused(str(path), f"it cannot be read ({error.strerror})") from error
        session = _session(path, threads)
        taken = session.get_inputs()[0]
        given = [each.name for each in session.get_outputs()]
        if output is not None and output not in given:
            raise EncoderRefused(str(path), f"it has no output {output!r}; there are {', '.join(given)}")
        side = _side(path, taken.shape, taken.type)
        encoder = cls(
            path, hashlib.sha256(content).hexdigest(), scale, side, 0, session, taken.name, output or given[0]
        )
        blank = np.zeros((1, 3, side, side), np.float32)
        dim = encoder._run(blank).shape[1]
        return cls(path, encoder.sha256, scale, side, dim, session, taken.name, output or given[0])

    def encode(self, images: Sequence[Image]) -> Floats:
        """As `ImageEncoder.encode`; a picture for which the network gives nothing but zeros has zeros.

        Raises:
            EncoderRefused: the network fails, or gives what is not finite.
        """
        if not images:
            return np.zeros((0, self.dim), np.float32)
        vectors = self._run(prepared(images, self.side, self.scale))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)

    def _run(self, pixels: Floats) -> Floats:
        try:
            found = np.asarray(self._session.run([self._output], {self._input: pixels})[0], np.float32)
        except _failures() as error:
            raise EncoderRefused(str(self.path), f"it fails ({_first_line(error)})") from error
        if found.ndim == 4:  # a map of features: its mean over all places
            found = found.mean(axis=(2, 3))
        if found.ndim != 2 or len(found) != len(pixels) or not np.isfinite(found).all():
            raise EncoderRefused(str(self.path), f"it gives {found.shape} for {len(pixels)} pictures, or no numbers")
        return found


def _session(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _failures() as error:
        raise EncoderRefused(str(path), f"it cannot be opened ({_first_line(error)})") from error


def _failures() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises: classes of a compiled module that share no class of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [each for each in vars(state).values() if isinstance(each, type) and issubclass(each, Exception)]
    return (RuntimeError, ValueError, *own)


def _side(path: Path, shape: Sequence[Any], kind: str) -> int:
    """The side of the squares that a network takes; the usual one where it takes any."""
    if kind != "tensor(float)" or len(shape) != 4 or (isinstance(shape[1], int) and shape[1] != 3):
        raise EncoderRefused(str(path), f"it takes {kind} of the shape {list(shape)}, not (n, 3, side, side) floats")
    sides = [each for each in shape[2:] if isinstance(each, int) and each > 0]
    if len(set(sides)) > 1:
        raise EncoderRefused(str(path), f"it takes pictures of {sides[0]} × {sides[1]}, not squares")
    return sides[0] if sides else USUAL_SIDE


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
