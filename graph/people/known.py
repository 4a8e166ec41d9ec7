"""Whom the log names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from graph.errors import ArchiveDamaged
from graph.log.erasing import people_of
from graph.log.port import IMPORTED, EventLog
from graph.model import EventBatch, NodeBatch


def people_in(log: EventLog) -> Iterator[str]:
    """Everybody whom the log names, some of them several times; imports whose rows are not kept are left out."""
    position: str | None = None
    while records := list(log.read(position)):
        for record in records:
            if record.type != IMPORTED:
                yield from people_of(record.body)
            elif record.body.get("rows"):
                with suppress(ArchiveDamaged):
                    yield from _people_of_batch(log.batch(record))
        position = records[-1].position


def _people_of_batch(batch: EventBatch | NodeBatch) -> Iterator[str]:
    if isinstance(batch, NodeBatch):
        if batch.label == "User":
            yield from batch.ids
        return
    yield from filter(None, batch.user_ids)
    yield from filter(None, batch.fields.get("other_id", ()))
    yield from (each for receivers in batch.fields.get("with", ()) for each in receivers or ())
