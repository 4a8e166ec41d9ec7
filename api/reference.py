"""Writes the reference pages of the service from the code: ``python -m api.reference docs/reference``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import typer
from pydantic import BaseModel

from api.app import create_app
from api.cli.app import PROGRAM, build
from api.errors import EXIT_CODES, OUTCOMES, meaning
from api.openapi import describe
from api.queries_page import queries_page, recorded
from api.settings import NESTED, PREFIX, Settings
from api.wiring import Service
from recommend.placements import Placement, Promotion, shipped
from recommend.placements.placement import Spacing

MADE = "<!-- made by `python -m api.reference docs/reference`; do not edit -->"


def pages(folder: Path) -> dict[str, str]:
    """Every page by file name; ``folder`` holds the recorded examples of queries."""
    made = {
        "api.md": api_page(),
        "cli.md": cli_page(),
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "placements.md": placements_page(),
        "queries.md": queries_page(recorded(folder)),
    }
    return {name: f"{MADE}\n\n{text}" for name, text in made.items()}


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Codes, statuses and exit codes."""
    rows = (
        (f"`{kind.code}`", meaning(kind), str(outcome.status), str(outcome.exit_code))
        for kind, outcome in OUTCOMES.items()
        if not kind.__subclasses__() and kind.code != "error"
    )
    exits = ((str(code), text) for code, text in EXIT_CODES.items())
    return (
        "# Errors\n\n"
        "Over HTTP an error is `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with "
        "`type`, `title`, `status`, `detail`, `code` and `instance`; `invalid_request` also has `errors`, one entry a "
        "parameter. On the command line it is one line on stderr, `error[code]: what, where, how to mend it`. A `code` "
        "never changes.\n\n"
        + _table(("code", "meaning", "HTTP status", "exit code"), rows)
        + "\n## Exit codes\n\n"
        + _table(("exit code", "meaning"), exits)
    )


def settings_page() -> str:
    """Environment variables."""
    return (
        "# Settings\n\n"
        "Every setting is an environment variable; lists are written as JSON. Options of a command stand above them. "
        "The defaults start a working service with no server beside it.\n\n"
        + _table(("variable", "default", "meaning"), _settings(Settings, PREFIX))
    )


def placements_page() -> str:
    """What a placement may say, and those that are shipped."""
    rows = (
        (f"`{name}`", each.asks, each.wants, _weighed(each.sources), each.title)
        for name, each in shipped().by_name.items()
    )
    return (
        "# Placements\n\n"
        "A placement is a named way to answer ([guide](../guides/placements.md)). One's own file changes the shipped "
        "ones field by field, or adds others.\n\n"
        "## Shipped\n\n"
        + _table(("name", "asks", "offers", "sources", "for"), rows)
        + "\n## Fields\n\n"
        + _table(("field", "default", "meaning"), _fields(Placement))
        + "\n## Fields of a promotion\n\n"
        + _table(("field", "default", "meaning"), _fields(Promotion))
        + "\n## Fields of `diversity`\n\n"
        + _table(("field", "default", "meaning"), _fields(Spacing))
    )


def _weighed(sources: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {weight:g}" for name, weight in sources.items()) or "all"


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else f"`{_shown(field.default)}`"
        yield f"`{name}`", default, " ".join((field.description or "").split())


def _settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        if isinstance(default, BaseModel):
            yield from _settings(type(default), prefix + name.upper() + NESTED)
        else:
            yield f"`{prefix}{name.upper()}`", f"`{_shown(default)}`", " ".join((field.description or "").split())


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{part}"' for part in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def cli_page() -> str:
    """Commands, arguments and options."""
    root = typer.main.get_command(build())
    parts = [
        "# Commands\n\nResults go to stdout, progress and errors to stderr; [exit codes](errors.md#exit-codes). "
        "Options of a command stand above [settings](settings.md).\n"
    ]
    parts += [_command(path, command) for path, command in _commands(root, PROGRAM)]
    return "\n".join(parts)


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    children: Mapping[str, Any] = getattr(command, "commands", {})
    if not children or (command.invoke_without_command and any(each.name != "help" for each in command.params)):
        yield path, command
    for name in sorted(children):
        yield from _commands(children[name], f"{path} {name}")


def _command(path: str, command: Any) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    usage = " ".join([path, *(_argument(each) for each in arguments), "[OPTIONS]"])
    options = (
        (", ".join(f"`{name}`" for name in [*each.opts, *each.secondary_opts]), _default(each), each.help or "")
        for each in command.params
        if each.param_type_name == "option" and each.name != "help"
    )
    named = (("`" + _argument(each) + "`", _default(each), each.help or "") for each in arguments)
    table = _table(("", "default", "meaning"), iter([*named, *options]))
    return f"## {path}\n\n{(command.help or '').strip()}\n\n```\n{usage}\n```\n\n{table}"


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).upper().strip("[]")
    name = f"{name}..." if parameter.nargs == -1 else name
    return name if parameter.required else f"[{name}]"


def _default(parameter: Any) -> str:
    shown = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    if parameter.required:
        return "required"
    if shown is None or callable(shown) or shown is False or shown in ([], ()):
        return ""
    return f"`{' '.join(map(str, shown)) if isinstance(shown, list | tuple) else shown}`"


def api_page() -> str:
    """Routes, parameters and the forms of answers."""
    described = describe(create_app(cast("Service", None)))
    parts = [
        "# API\n\nWhile the service runs, `/docs` lets you try every route, and `/openapi.json` describes them for "
        "generators of clients. Ids are percent-encoded in paths: `a/b` is written `a%2Fb`. Errors are "
        "[problems](errors.md).\n"
    ]
    for path, operations in described["paths"].items():
        parts += [_operation(path, method, each) for method, each in operations.items()]
    parts += ["## Forms\n"]
    parts += [_form(name, schema) for name, schema in described["components"]["schemas"].items()]
    return "\n".join(parts)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> str:
    rows = ((f"`{each['name']}`", each["in"], _limits(each)) for each in operation.get("parameters", ()))
    done = next(response for status, response in operation["responses"].items() if status < "300")
    answer = _kind(done["content"]["application/json"]["schema"])
    failures = ", ".join(status for status in operation["responses"] if status >= "400")
    text = f"## {method.upper()} {path}\n\n{operation['summary']}. {operation.get('description', '')}".strip()
    table = "\n\n" + _table(("parameter", "in", "meaning"), rows) if operation.get("parameters") else "\n"
    return f"{text}{table}\nAnswers {answer}" + (f"; errors {failures}.\n" if failures else ".\n")


def _limits(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"]
    text = str(parameter.get("description") or schema.get("description") or "")
    if "minimum" in schema:
        text += f" {schema['minimum']} to {schema['maximum']}."
    return text + (f" Default `{json.dumps(schema['default'])}`." if schema.get("default") is not None else "")


def _form(name: str, schema: Mapping[str, Any]) -> str:
    rows = (
        (f"`{field}`", _kind(each), str(each.get("description", "")))
        for field, each in schema.get("properties", {}).items()
    )
    return f"### {name}\n\n{schema.get('description', '')}\n\n" + _table(("field", "type", "meaning"), rows)


def _kind(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("type", schema.get("const", "any")))


def main(folder: Path) -> None:
    """Write every page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages(folder).items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
