"""What the demo remembers of itself between runs, as ``demo.json`` in the data folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from api.errors import OtherData
from graph.folder import DataFolder

FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class DemoState:
    """What was loaded, and the evaluation that holds as long as snapshot and models are the same.

    Attributes:
        dataset: name of the data set, or ``town``; empty before anything was loaded.
        snapshot: id of the snapshot that was evaluated.
        evaluation: lines of the printed table.
    """

    dataset: str = ""
    snapshot: str = ""
    evaluation: str = ""

    @classmethod
    def read(cls, folder: DataFolder) -> Self:
        """The state of an earlier run, or an empty one.

        Raises:
            OtherData: the folder holds a log that the demo did not write.
        """
        try:
            kept: dict[str, Any] = orjson.loads((folder.path / FILE).read_bytes())
            return cls(kept["dataset"], kept["snapshot"], kept["evaluation"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            if folder.log.exists():
                raise OtherData(str(folder.path)) from None
            return cls()

    def write(self, folder: Path) -> None:
        """Keep it for the next run."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))
