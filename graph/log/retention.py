"""Letting go of old events that no store is made of, and of the space that they took."""

from __future__ import annotations

import sqlite3

LOG_ONLY = ("impression", "outcome", "searched")
"""Event types that change no store: what was shown, what came of that, and what was looked for."""

TRIM = """
DELETE FROM records WHERE position <= :upto AND type = :kind
  AND position < (SELECT max(position) FROM records)
  AND json_extract(CAST(body AS TEXT), '$.at') < :before
"""
"""The newest record stays, so that the log's end is where it was."""
LOOSE = "DELETE FROM people WHERE position <= :upto AND position NOT IN (SELECT position FROM records)"
LOOSE_ENOUGH = 0.2
"""Part of the file that has to be free before it is written anew."""


def trim(connection: sqlite3.Connection, upto: int, before: int) -> int:
    """Delete old events of the types `LOG_ONLY`, within a transaction; how many.

    Their ids stay known and positions are never given out again, so whoever follows the log goes on from anywhere.

    Args:
        connection: of the log.
        upto: the last position that may go.
        before: milliseconds since 1970; younger events stay.
    """
    given = {"upto": upto, "before": before}
    gone = sum(connection.execute(TRIM, {**given, "kind": kind}).rowcount for kind in LOG_ONLY)
    if gone:
        connection.execute(LOOSE, {"upto": upto})
    return gone


def shrink(connection: sqlite3.Connection) -> None:
    """Write the file anew where much of it is free, outside any transaction; needs as much space again meanwhile."""
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if free > LOOSE_ENOUGH * pages:
        connection.execute("VACUUM")
