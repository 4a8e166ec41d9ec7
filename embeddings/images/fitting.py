"""Looks at the pictures of a whole graph once, and keeps what they look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import PictureRefused
from embeddings.images.encoder import Floats, ImageEncoder
from embeddings.images.hashing import perceptual_hash
from embeddings.images.places import LABELS, Named, Places, addresses
from embeddings.images.reading import LIMITS, PictureLimits, read_picture
from embeddings.images.video import SCENES, Scenes, key_frames
from embeddings.training import Progress, Rows, silent
from graph.snapshot.view import LiveView

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "images"
THREADS = 2
BATCH = 32
EXAMPLES = 10
"""Refused addresses that a report names."""


@dataclass(frozen=True)
class Images:
    """What was looked at, and how; the settings of the artefact.

    Attributes:
        encoder: SHA-256 of the ONNX file that made the vectors; empty without.
        scale: what that network was trained with; see `embeddings.images.encoder.SCALES`.
    """

    name: ClassVar[str] = NAME

    encoder: str = ""
    scale: str = ""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one label's nodes, as columns of equal length ``k``, by rising row.

    Attributes:
        rows: ``(k,)`` int32: the node; a node has as many entries as pictures and shots.
        hashes: ``(k,)`` uint64.
        hashed: ``(k,)`` bool: False for plain pictures, which have no hash.
        vectors: ``(k, dim)`` float32 of length 1, or None without an encoder.
    """

    rows: Rows
    hashes: NDArray[np.uint64]
    hashed: NDArray[np.bool_]
    vectors: Floats | None = None

    def arrays(self, label: str) -> dict[str, NDArray[Any]]:
        """As they are kept in an artefact."""
        found: dict[str, NDArray[Any]] = {
            f"{label}.rows": self.rows,
            f"{label}.hashes": self.hashes,
            f"{label}.hashed": self.hashed,
        }
        return found if self.vectors is None else {**found, f"{label}.vectors": self.vectors}

    @classmethod
    def of(cls, label: str, arrays: Mapping[str, NDArray[Any]]) -> Pictures | None:
        """As they were kept; None where there were none."""
        if f"{label}.rows" not in arrays:
            return None
        rows, hashes, hashed = (arrays[f"{label}.{name}"] for name in ("rows", "hashes", "hashed"))
        return cls(rows, hashes, hashed, arrays.get(f"{label}.vectors"))


@dataclass(slots=True)
class ImageReport:
    """What was looked at.

    Attributes:
        addresses: that nodes name.
        pictures: that were looked at, shots of videos among them.
        videos: likewise.
        plain: pictures too plain for a hash.
        refused: addresses that gave nothing, by kind of reason.
        examples: some of them, each with its reason.
    """

    addresses: int = 0
    pictures: int = 0
    videos: int = 0
    plain: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "addresses": self.addresses,
            "pictures": self.pictures,
            "videos": self.videos,
            "plain": self.plain,
            "refused": dict(self.refused.most_common()),
            "examples": self.examples,
        }


@dataclass(frozen=True, slots=True)
class Looking:
    """How pictures are looked at."""

    places: Places
    encoder: ImageEncoder | None = None
    limits: PictureLimits = LIMITS
    scenes: Scenes = SCENES


Looked = tuple[Named, "list[Image] | PictureRefused"]


def look(
    view: LiveView, how: Looking, progress: Progress = silent, labels: Sequence[str] = LABELS
) -> tuple[dict[str, Pictures], ImageReport]:
    """Look at every picture and video that standing nodes name.

    Files are read and unpacked by two threads; no more than `BATCH` pictures are in memory at a time.

    Returns:
        Pictures by label, for labels that have any, and the report. One that cannot be read is in the report and stops
        nothing.

    Raises:
        EncoderRefused: the network fails.
        ExtraMissing: a video is named, and PyAV is not installed.
    """
    report = ImageReport()
    found = {}
    named = {label: list(addresses(view, label)) for label in labels}
    report.addresses = sum(map(len, named.values()))
    for label, every in named.items():
        columns = _Columns()
        for batch in _batches(every):
            with_pictures = _looked(batch, how)
            _take(with_pictures, how, columns, report)
            progress(_done(report, columns), f"{report.pictures:,} pictures of {report.addresses:,} addresses")
        if columns.rows:
            found[label] = columns.pictures()
    return found, report


def _done(report: ImageReport, columns: _Columns) -> float:
    return min(1.0, (columns.seen + sum(report.refused.values())) / max(1, report.addresses))


@dataclass(slots=True)
class _Columns:
    rows: list[int] = field(default_factory=list)
    hashes: list[int] = field(default_factory=list)
    hashed: list[bool] = field(default_factory=list)
    vectors: list[Floats] = field(default_factory=list)
    seen: int = 0

    def pictures(self) -> Pictures:
        vectors = np.concatenate(self.vectors) if self.vectors else None
        hashes = np.array(self.hashes, np.uint64)
        return Pictures(np.array(self.rows, np.int32), hashes, np.array(self.hashed, np.bool_), vectors)


def _batches(every: Iterable[Named]) -> Iterator[list[Named]]:
    rest = iter(every)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _looked(batch: Sequence[Named], how: Looking) -> list[Looked]:
    with ThreadPoolExecutor(THREADS) as threads:  # unpacking releases the GIL
        return list(threads.map(lambda named: (named, _unpacked(named, how)), batch))


def _unpacked(named: Named, how: Looking) -> list[Image] | PictureRefused:
    try:
        if not named.is_video:
            content = how.places.content(named.address, how.limits.bytes)
            return [read_picture(content, named.address, how.limits)]
        web = how.places.on_web(named.address)
        video = how.places.content(named.address, how.scenes.bytes) if web else how.places.file_of(named.address)
        return [picture for _, picture in key_frames(video, named.address, how.scenes, how.limits)]
    except PictureRefused as error:
        return error


def _take(looked: Sequence[Looked], how: Looking, columns: _Columns, report: ImageReport) -> None:
    images: list[Image] = []
    for named, result in looked:
        if isinstance(result, PictureRefused):
            report.refused[result.kind] += 1
            if len(report.examples) < EXAMPLES:
                report.examples.append(f"{named.label} row {named.row}: {result}")
            continue
        columns.seen += 1
        report.videos += named.is_video
        report.pictures += len(result)
        for image in result:
            code = perceptual_hash(image)
            report.plain += code is None
            columns.rows.append(named.row)
            columns.hashes.append(code or 0)
            columns.hashed.append(code is not None)
        images += result
    if how.encoder is not None:
        for start in range(0, len(images), BATCH):
            columns.vectors.append(how.encoder.encode(images[start : start + BATCH]))
