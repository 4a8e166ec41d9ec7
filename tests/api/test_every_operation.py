"""Every operation of the OpenAPI description, with what Schemathesis makes up: no 5xx, no undocumented reply."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.access.keys import ApiKeys
from api.app import create_app
from api.openapi import describe
from api.settings import Settings
from api.wiring import Service, open_service

KEY = "a key for whatever is made up"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIBED = describe(create_app(cast("Service", None)))["paths"]
OPERATIONS = [
    pytest.param(method.upper(), path, mode, id=f"{method.upper()} {path} {mode.value}")
    for path, methods in DESCRIBED.items()
    for method, told in methods.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or {"parameters", "requestBody"} & told.keys()
]


@pytest.fixture(scope="module")
def described(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("made-up")
    service = open_service(Settings.read(data=shutil.copytree(data, folder / "data")))
    yield schemathesis.openapi.from_asgi("/openapi.json", create_app(service, ApiKeys(folder / "keys.json", KEY)))
    service.close()


@pytest.mark.parametrize(("method", "path", "mode"), OPERATIONS)
def test_an_operation_answers_as_it_is_described(described: Any, method: str, path: str, mode: GenerationMode) -> None:
    """Out of what fits the description, and out of what does not."""

    @given(case=described[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def holds(case: Any) -> None:
        case.call_and_validate(headers={"X-API-Key": KEY}, checks=CHECKS)

    holds()
