"""What came of experiments, read from a folder's log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from graph.folder import DataFolder
from graph.log.port import EventLog
from recommend.experiments import Outcomes, report_of
from recommend.experiments.outcomes import WINDOW_DAYS
from recommend.placements import Placements

COUNTED = ("impression", "outcome", "bought")
RECORDS = 10_000


def listed(placements: Placements) -> list[dict[str, Any]]:
    """The experiments in force: name, placement, and the share of each arm."""
    return [
        {
            "experiment": each.experiment.name,
            "placement": name,
            "arms": {arm: told.share for arm, told in each.experiment.arms.items()},
        }
        for name, each in placements.by_name.items()
        if each.experiment is not None
    ]


def report(folder: DataFolder, placements: Placements, name: str, window_days: float = WINDOW_DAYS) -> dict[str, Any]:
    """What came of an experiment so far; reads the whole log, 10,000 records at a time.

    Raises:
        UnknownExperiment: none of that name is in force.
    """
    placement, experiment = placements.experiment(name)
    outcomes = Outcomes(name, window_days)
    with closing(folder.open_log(read_only=True)) as log:
        outcomes.take(_events(log))
    shares = {arm: told.share for arm, told in experiment.arms.items()}
    return {"placement": placement} | report_of(outcomes, shares)


def _events(log: EventLog) -> Iterator[Any]:
    position: str | None = None
    while True:
        before = position
        for record in log.read(position, RECORDS):
            position = record.position
            if record.type in COUNTED:
                yield record.body
        if position == before:
            return
