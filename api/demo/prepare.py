"""The demo's way from files to something to serve; whatever an earlier run left and still holds is used again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from api.cli.console import Step, notes, step, table_text
from api.demo.state import DemoState
from api.folders import open_folder
from api.settings import Settings
from api.steps import build_current, dataset_named, is_current
from api.training import evaluate_named, is_trained, train_model
from api.wiring import SERVED
from embeddings.errors import TrainingMissing
from graph.errors import DatasetUnavailable
from graph.folder import DataFolder
from graph.load import Mapping, load
from graph.simulate import TownSettings, simulate_town
from graph.snapshot.shelf import Shelf

DATASET = "ciao"
TOWN = "town"
TOWN_PEOPLE = 3000
CHANGES: dict[str, dict[str, Any]] = {"lightgcn": {"epochs": 20}}
"""Settings of models that differ from their defaults: a demo is not the place to wait for the last digit."""


def prepare(settings: Settings) -> DemoState:
    """Load, build, train and evaluate, each step unless an earlier run did it.

    Raises:
        OtherData: the folder holds data that the demo did not load.
        TastegraphError: a step failed; the next run goes on from there.
    """
    folder = open_folder(settings)
    state = DemoState.read(folder)
    state = _loaded(settings, folder, state)
    _build(folder)
    _train(settings, folder)
    return _evaluated(settings, folder, state)


def _loaded(settings: Settings, folder: DataFolder, state: DemoState) -> DemoState:
    with step("Loading the data") as progress:
        name, mapping = _source(settings, folder, state, progress)
        state = replace(state, dataset=name)
        state.write(folder.path)
        report = load(mapping, folder, progress=progress)
        counts = ", ".join(f"{count:,} {what}" for what, count in {**report.nodes, **report.edges}.items())
        progress.summary = f"{name}{' (as before)' if report.already_imported else ''}: {counts}"
    return state


def _source(settings: Settings, folder: DataFolder, state: DemoState, progress: Step) -> tuple[str, Path | Mapping]:
    """Ciao, or, where it cannot be had, the simulated town; a folder that has one of them keeps it."""
    if state.dataset != TOWN:
        try:
            return DATASET, dataset_named(DATASET, settings).mapping()
        except DatasetUnavailable as error:
            notes().print(f"{error}. The simulated town is used instead: nobody in it is real.", markup=False)
    town = folder.path / TOWN
    if not (town / "mapping.toml").exists():
        progress(0.0, "simulating")
        simulate_town(TownSettings(people=TOWN_PEOPLE)).write(town)
    return TOWN, town / "mapping.toml"


def _build(folder: DataFolder) -> None:
    with step("Building the snapshot") as progress:
        if is_current(folder):
            progress.summary = "as before"
        else:
            progress.summary = build_current(folder, progress).id


def _train(settings: Settings, folder: DataFolder) -> None:
    for name in SERVED:
        with step(f"Training {name}") as progress:
            changes = CHANGES.get(name, {})
            try:
                if is_trained(folder, name, changes):
                    progress.summary = "as before"
                else:
                    progress.summary = train_model(folder, name, changes, settings, progress=progress).version
            except TrainingMissing as error:
                progress.summary = f"left out: {error}"


def _evaluated(settings: Settings, folder: DataFolder, state: DemoState) -> DemoState:
    snapshot = Shelf(folder.snapshots).current_id() or ""
    with step("Evaluating on what came later") as progress:
        if state.snapshot == snapshot:
            progress.summary = "as before"
            return state
        name = None if state.dataset == TOWN else state.dataset
        text = table_text(evaluate_named(settings, name, SERVED, CHANGES, progress=progress).table())
    state = replace(state, snapshot=snapshot, evaluation=text)
    state.write(folder.path)
    return state
