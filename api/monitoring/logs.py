"""The service's log: lines for people, or one JSON object a line for programs, each with its request's id."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from logging import Formatter, LogRecord
from typing import Any, Literal

import orjson

from api.monitoring.requests import request_id

LogFormat = Literal["text", "json"]
USUAL = frozenset(vars(LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName", "color_message"}
"""Attributes that every record has; what is beside them was given as fields."""


class JsonFormatter(Formatter):
    """``{"at", "level", "logger", "event", "request_id", …}``, the fields of ``extra`` and the traceback among them."""

    def format(self, record: LogRecord) -> str:
        """One line."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            "request_id": request_id.get(),
            **{name: value for name, value in vars(record).items() if name not in USUAL},
        }
        if record.exc_info and record.exc_info[0] is not None:
            told["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class TextFormatter(Formatter):
    """The same for people."""

    def format(self, record: LogRecord) -> str:
        """One line, and the traceback below."""
        fields = " ".join(f"{name}={value}" for name, value in vars(record).items() if name not in USUAL)
        name = request_id.get()
        parts = (record.levelname.lower(), record.getMessage(), fields, f"request_id={name}" if name else "")
        line = "  ".join(part for part in parts if part)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def log_config(form: LogFormat, level: str) -> dict[str, Any]:
    """As `logging.config.dictConfig` takes it: everything to stderr; uvicorn's own line a request gives way to ours."""
    formatter = JsonFormatter if form == "json" else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {"uvicorn.access": {"level": "CRITICAL", "propagate": False}},
    }
