"""The placements of a data folder: versions that follow each other, of which one is in force."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from logging import getLogger
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from graph.errors import BadInput
from graph.snapshot.files import replace_text, sync_folder, translated_os_errors
from recommend.errors import (
    InvalidPlacement,
    PlacementsChanged,
    UnknownExperiment,
    UnknownPlacement,
    UnknownPlacementVersion,
)
from recommend.placements.placement import Experiment, Placement

log = getLogger(__name__)

CURRENT = "current"
KEPT = 50
"""Versions that stay; the oldest one goes when another comes."""
_NAME = 64


@dataclass(frozen=True, slots=True)
class Placements:
    """What is in force.

    Attributes:
        version: 0 for what comes with the program alone.
        by_name: every placement.
        arms: what a placement is in an arm of its experiment, by both names.
        own: what a shop said, as it was said: changes of shipped placements, and others.
    """

    version: int
    by_name: Mapping[str, Placement]
    arms: Mapping[tuple[str, str], Placement]
    own: Mapping[str, Any]

    def experiment(self, name: str) -> tuple[str, Experiment]:
        """The placement that an experiment changes, and the experiment.

        Raises:
            UnknownExperiment: none is in force.
        """
        for placement, each in self.by_name.items():
            if each.experiment is not None and each.experiment.name == name:
                return placement, each.experiment
        raise UnknownExperiment(name)

    def of(self, name: str) -> Placement:
        """The placement of that name.

        Raises:
            UnknownPlacement: there is none.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownPlacement(name, get_close_matches(name, self.by_name, 1)) from None


@cache
def _shipped() -> Mapping[str, Any]:
    text = files("recommend.placements").joinpath("shipped.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def shipped() -> Placements:
    """What comes with the program."""
    return read_placements({})


def read_placements(own: Mapping[str, Any], version: int = 0) -> Placements:
    """Placements out of what a shop says, on top of what is shipped.

    Args:
        own: by name, each a table as in ``placements.toml``: it changes a shipped placement by field, or adds one.
        version: what it is to be known as.

    Raises:
        InvalidPlacement: with the place and the reason.
    """
    made: dict[str, Placement] = {}
    arms: dict[tuple[str, str], Placement] = {}
    base = _shipped()
    for name, told in {**base, **own}.items():
        if not isinstance(told, Mapping):
            raise InvalidPlacement(name, "a placement is a table, such as [feed]")
        if not name or len(name) > _NAME or not all(each.isalnum() or each in "-_." for each in name):
            raise InvalidPlacement(name, f"a name has 1 to {_NAME} letters, digits, - _ or .")
        whole = {**base.get(name, {}), **told}
        made[name] = _checked(name, whole)
        experiment = made[name].experiment
        for arm, each in experiment.arms.items() if experiment else ():
            arms[name, arm] = _checked(f"{name}.experiment.arms.{arm}", {**whole, "experiment": None, **each.changes})
    names = [each.experiment.name for each in made.values() if each.experiment]
    for name, placement in made.items():
        if placement.experiment and names.count(placement.experiment.name) > 1:
            raise InvalidPlacement(f"{name}.experiment.name", "two placements have an experiment of that name")
    return Placements(version, made, arms, dict(own))


def _checked(where: str, told: Mapping[str, Any]) -> Placement:
    try:
        return Placement.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join([where, *(str(part) for part in first["loc"])])
        raise InvalidPlacement(place, first["msg"].removeprefix("Value error, ")) from error


def read_file(path: Path) -> dict[str, Any]:
    """What a file of placements says: TOML, or JSON by its ending; to be checked by `read_placements`.

    Raises:
        InvalidPlacement: it cannot be read as that.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidPlacement(str(path), str(error)) from error
    if not isinstance(found, dict):
        raise InvalidPlacement(str(path), "holds no tables by name")
    return found


class PlacementShelf:
    """Versions in a folder: a file for each, and ``current``, which names the one in force.

    Any process may publish; all others take it over at their next look, which costs a microsecond or two.

    Args:
        folder: made at the first version of one's own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, ...] | None = None
        self._now = shipped()

    def now(self) -> Placements:
        """What is in force; where it cannot be read, as when a newer program published it, what was before."""
        seen = self._state()
        if seen != self._seen:
            self._seen = seen
            try:
                self._now = self._read(self._current())
            except (BadInput, ValueError, OSError) as error:
                log.warning("the placements in %s are not used: %s", self._folder, error)
        return self._now

    def publish(self, own: Mapping[str, Any], expected: int | None = None) -> Placements:
        """Put a new version in force; nothing changes when it cannot be read.

        Args:
            own: as for `read_placements`: all that the shop says, not only what is new.
            expected: the version that it was made from; None does not look.

        Raises:
            InvalidPlacement: with the place and the reason.
            PlacementsChanged: another version is in force than was expected.
        """
        read_placements(own)
        return self._add(own, expected)

    def roll_back(self, version: int) -> Placements:
        """Put what an older version says in force again, as a new version; 0 is what is shipped.

        Raises:
            UnknownPlacementVersion: it is not there (any more).
        """
        return self._add(self._read(version).own, None)

    def versions(self) -> list[dict[str, Any]]:
        """Every version that is kept, newest first: number, time, whether it is in force, names of what it says."""
        current = self._current()
        kept = [
            {
                "version": number,
                "created_at": datetime.fromtimestamp(self._file(number).stat().st_mtime, UTC).strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                ),
                "in_force": number == current,
                "placements": sorted(self._own(number)),
            }
            for number in reversed(self._numbers())
        ]
        return [*kept, {"version": 0, "created_at": None, "in_force": current == 0, "placements": []}]

    def _add(self, own: Mapping[str, Any], expected: int | None) -> Placements:
        with translated_os_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            current = self._current()
            if expected is not None and expected != current:
                raise PlacementsChanged(expected, current)
            number = max([0, *self._numbers()]) + 1
            try:
                with self._file(number).open("x", encoding="utf-8") as file:
                    json.dump(own, file, ensure_ascii=False, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
            except FileExistsError as error:  # another process published at this moment
                raise PlacementsChanged(number - 1, number) from error
            replace_text(self._folder / CURRENT, f"{number}\n")
            for old in self._numbers()[:-KEPT]:
                self._file(old).unlink()
            sync_folder(self._folder)
        return self.now()

    def _read(self, number: int) -> Placements:
        return read_placements(self._own(number), number) if number else shipped()

    def _own(self, number: int) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._file(number).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UnknownPlacementVersion(number) from error
        return found

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:06d}.json"

    def _numbers(self) -> list[int]:
        return sorted(int(each.stem) for each in self._folder.glob("[0-9]*.json"))

    def _current(self) -> int:
        try:
            return int((self._folder / CURRENT).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return 0

    def _state(self) -> tuple[int, ...] | None:
        try:
            found = os.stat(self._folder / CURRENT)  # noqa: PTH116 half the time of Path.stat
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
