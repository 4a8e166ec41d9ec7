"""``tastegraph models``: what can be trained and what has been."""

from __future__ import annotations

from api.cli.console import table_or_json
from api.cli.options import Data, Json
from api.settings import Settings


def models(data: Data = None, json_: Json = False) -> None:
    """List every model with its settings, and the version of it that the data folder holds."""
    from api.folders import open_folder
    from api.training import model_facts

    table_or_json(model_facts(open_folder(Settings.read(data=data))), json_, title="Models")
