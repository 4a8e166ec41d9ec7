"""What commands and routes do with pictures: look at them, and say which are nearly the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.folders import open_folder
from api.settings import Settings
from api.wiring import LOOKED_AT, Service, open_view
from embeddings.artefact import TrainedModel, load_model, save_model
from embeddings.errors import ImagesMissing, ModelMissing
from embeddings.images.alike import Alike
from embeddings.images.encoder import OnnxEncoder
from embeddings.images.fetching import WebFetcher
from embeddings.images.fitting import ImageReport, Images, Looking, look
from embeddings.images.places import LABELS, Places
from embeddings.images.reading import check_installed
from embeddings.training import Progress, silent
from graph.errors import InvalidValue, UnknownNode
from graph.snapshot.view import LiveView


@dataclass(frozen=True, slots=True)
class Sight:
    """Where pictures lie and what looks at them.

    Attributes:
        folder: where relative addresses begin; nothing outside it is opened.
        fetch: also get addresses on the web.
        private: also from computers that the internet does not reach.
        encoder: an ONNX file that makes vectors; only hashes without.
        scale: what that network was trained with.
        output: name of its output; the first one without.
    """

    folder: Path
    fetch: bool = False
    private: bool = False
    encoder: Path | None = None
    scale: str = "imagenet"
    output: str | None = None


def fit_images(settings: Settings, sight: Sight, progress: Progress = silent) -> tuple[TrainedModel, ImageReport]:
    """Look at the pictures of all products and posts of the current snapshot and keep what they look like.

    Raises:
        SnapshotMissing: there is nothing to look at.
        ExtraMissing: a library is not installed.
        EncoderRefused: the ONNX file is no such network.
        InvalidValue: not one picture could be read.
    """
    check_installed()
    encoder = None
    if sight.encoder is not None:
        encoder = OnnxEncoder.open(sight.encoder, scale=sight.scale, output=sight.output)
    places = Places(sight.folder, WebFetcher(private=sight.private) if sight.fetch else None)
    folder = open_folder(settings)
    view = open_view(folder)
    found, report = look(view, Looking(places, encoder), progress)
    if not report.pictures:
        first = f" ({report.examples[0]})" if report.examples else ""
        raise InvalidValue("folder", f"of {report.addresses:,} addresses not one gave a picture{first}")
    arrays = {name: array for label, each in found.items() for name, array in each.arrays(label).items()}
    made = Images(encoder.sha256 if encoder else "", encoder.scale if encoder else "")
    return save_model(folder.models, made, {}, view.snapshot_id, 0, arrays=arrays), report


def duplicate_groups(settings: Settings, label: str, distance: int) -> list[list[str]]:
    """Ids of standing nodes with nearly the same picture, group by group, the largest first.

    Raises:
        SnapshotMissing: there is no graph yet.
        ImagesMissing: the label's pictures have not been looked at.
        InvalidValue: nodes of that label have no pictures, or ``distance`` is out of range.
    """
    if label not in LABELS:
        raise InvalidValue("label", f"{label!r} has no pictures; name one of {', '.join(LABELS)}")
    folder = open_folder(settings)
    view = open_view(folder)
    try:
        alike = Alike.of(label, load_model(folder.models / LOOKED_AT))
    except ModelMissing as error:
        raise ImagesMissing from error
    if alike is None:
        raise ImagesMissing
    groups = ([each for each in rows if _stands(view, label, each)] for rows in alike.groups(distance))
    return [[view.id_of(label, row) for row in rows] for rows in groups if len(rows) > 1]


def duplicates_of(service: Service, product_id: str, distance: int, limit: int) -> dict[str, Any]:
    """Products with nearly the same picture as one's, in the form of `api.schemas.nodes.Duplicates`.

    Raises:
        UnknownNode: nothing has that id.
        ImagesMissing: no pictures have been looked at.
    """
    view, looks = service.view, service.recommender.prepared.looks
    row = view.row_of("Product", product_id)
    if row < 0:
        raise UnknownNode("Product", product_id)
    if looks is None:
        raise ImagesMissing
    pairs = zip(*(each.tolist() for each in looks.duplicates_of(row, distance)), strict=True)
    standing = [(other, far) for other, far in pairs if _stands(view, "Product", other)][:limit]
    items = [{"id": view.id_of("Product", other), "type": "product", "distance": far} for other, far in standing]
    return {
        "items": items,
        "distance": distance,
        "snapshot": view.snapshot_id,
        "model": f"{LOOKED_AT}@{looks.version}",
    }


def _stands(view: LiveView, label: str, row: int) -> bool:
    gone = view.gone(label)
    return row < view.count(label) and not (len(gone) and gone[row]) and bool(view.id_of(label, row))
