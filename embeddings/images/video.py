"""Key frames of videos: one picture a shot."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import PictureRefused
from embeddings.images.reading import LIMITS, SIDE, PictureLimits
from graph.errors import ExtraMissing

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class Scenes:
    """How a video is cut into shots.

    Attributes:
        most: shots that are kept: the longest ones, in order of time.
        cut: mean difference of two frames' brightness, of 255, from which on they belong to different shots. Compared
            on 16 × 16 pixels, so that what moves within a shot weighs little.
        settle: frames after a cut at which a shot's picture is taken, past the blur of the cut.
        frames: that are unpacked at most; of a longer video only those that can be unpacked alone.
        bytes: of the file.
    """

    most: int = 8
    cut: float = 18.0
    settle: int = 3
    frames: int = 5000
    bytes: int = 500_000_000


SCENES = Scenes()


@dataclass(slots=True)
class _Shot:
    begin: int
    length: int
    picture: Any
    at_s: float


def key_frames(
    content: Path | bytes, place: str, scenes: Scenes = SCENES, limits: PictureLimits = LIMITS
) -> list[tuple[float, Image]]:
    """One picture of each shot of a video.

    Args:
        content: the file, or its bytes.
        place: what it is called in errors.
        scenes: how it is cut.
        limits: of one frame.

    Returns:
        ``(seconds from the beginning, RGB picture)``, at most ``scenes.most``, in order of time.

    Raises:
        PictureRefused: it is too large, has no pictures, or is damaged before the first one.
        ExtraMissing: PyAV is not installed.
    """
    if find_spec("av") is None:
        raise ExtraMissing("PyAV", "video")
    import av

    size = content.stat().st_size if isinstance(content, Path) else len(content)
    if size > scenes.bytes:
        raise PictureRefused(place, "large", f"it has {size:,} bytes; {scenes.bytes:,} are the most")
    shots: list[_Shot] = []
    try:
        with ExitStack() as stack:
            source = stack.enter_context(content.open("rb") if isinstance(content, Path) else io.BytesIO(content))
            container = stack.enter_context(av.open(source, options=NOTHING_ELSE))
            for shot in _shots(_frames(container, place, scenes, limits), scenes):
                shots = sorted([*shots, shot], key=lambda each: (-each.length, each.begin))[: scenes.most]
    except (av.error.FFmpegError, ValueError, MemoryError, OSError) as error:
        raise PictureRefused(place, "damaged", f"it is damaged ({error})") from error
    if not shots:
        raise PictureRefused(place, "damaged", "it has no pictures")
    return [(shot.at_s, _picture(shot.picture)) for shot in sorted(shots, key=lambda each: each.begin)]


NOTHING_ELSE = {"protocol_whitelist": "data", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"}
"""A playlist in a video's clothes must not make us open other files or ask the web."""


def _frames(container: Any, place: str, scenes: Scenes, limits: PictureLimits) -> Iterator[Any]:
    """The frames up to where the video is damaged.

    Raises:
        PictureRefused: there are none, or they are too large.
        FFmpegError: the first one is damaged.
    """
    import av

    if not container.streams.video:
        raise PictureRefused(place, "damaged", "it has no pictures")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise PictureRefused(place, "unknown", "its pictures are of a kind that is not known")
    if _length(container, stream) > scenes.frames:
        stream.codec_context.skip_frame = "NONKEY"
    _check_size(stream.width, stream.height, place, limits)
    frames = container.decode(stream)
    for count in range(scenes.frames):
        try:
            frame = next(frames, None)
        except av.error.FFmpegError:
            if not count:
                raise
            return
        if frame is None:
            return
        _check_size(frame.width, frame.height, place, limits)  # a stream may change it
        yield frame


def _check_size(width: int, height: int, place: str, limits: PictureLimits) -> None:
    if width * height > limits.pixels:
        raise PictureRefused(place, "large", f"its frames have {width:,} × {height:,} pixels")


def _length(container: Any, stream: Any) -> int:
    """About how many frames a video has."""
    if stream.frames:
        return int(stream.frames)
    seconds = (container.duration or 0) / 1_000_000
    return int(seconds * float(stream.average_rate or 25))


def _shots(frames: Iterator[Any], scenes: Scenes) -> Iterator[_Shot]:
    """The shots of a video, each when it is over."""
    shot: _Shot | None = None
    before: NDArray[np.float32] | None = None
    for number, frame in enumerate(frames):
        small = _small(frame)
        if shot is None or before is None or float(np.abs(small - before).mean()) >= scenes.cut:
            if shot is not None:
                yield shot
            shot = _Shot(number, 0, frame, float(frame.time or 0))
        shot.length += 1
        if shot.length <= scenes.settle:
            shot.picture, shot.at_s = frame, float(frame.time or 0)
        before = small
    if shot is not None:
        yield shot


def _small(frame: Any) -> NDArray[np.float32]:
    return np.asarray(frame.reformat(width=16, height=16, format="gray").to_ndarray(), np.float32)


def _picture(frame: Any) -> Image:
    image: Image = frame.to_image()
    image.thumbnail((SIDE, SIDE), reducing_gap=2.0)
    return image
