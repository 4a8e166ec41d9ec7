"""Writing recommendations block by block, so that memory does not grow with the number of people."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.ranking import NOTHING, top_k
from embeddings.training import FittedModel, Progress, silent
from graph.errors import StorageFull, UnreadableFile

SCHEMA = pa.schema([("user_id", pa.string()), ("item_id", pa.string()), ("rank", pa.int32()), ("score", pa.float32())])
BLOCK_CELLS = 40_000_000
"""Scores held at once; 160 MB."""


def write_recommendations(
    fitted: FittedModel,
    known: sp.csr_array,
    user_ids: pa.Array,
    item_ids: pa.Array,
    *,
    active_count: int,
    top: int,
    out: Path,
    progress: Progress = silent,
) -> int:
    """Write the best ``top`` unknown items of each of the first ``active_count`` users as Parquet.

    The file appears whole or not at all.

    Args:
        fitted: what scores.
        known: users × items; what a user has is never written.
        user_ids: ids by row.
        item_ids: ids by row.
        active_count: users with interactions; they are the first rows.
        top: items a user, at most; fewer where fewer are unknown.
        out: the file, replaced if it is there.
        progress: told the finished part.

    Returns:
        Rows written.

    Raises:
        StorageFull: the disk is full.
        UnreadableFile: the file cannot be written there.
    """
    part = out.with_name(f"{out.name}.part")
    block = max(1, BLOCK_CELLS // max(1, len(item_ids)))
    written = 0
    try:
        with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
            for start in range(0, active_count, block):
                rows = np.arange(start, min(start + block, active_count), dtype=np.int32)
                users, items, ranks, scores = best_unknown(fitted.score(rows), known[rows], top)
                columns = [user_ids.take(pa.array(users + start)), item_ids.take(pa.array(items)), ranks, scores]
                writer.write_table(pa.table(columns, schema=SCHEMA))
                written += len(users)
                progress((rows[-1] + 1) / active_count, f"{rows[-1] + 1} of {active_count} people")
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno == errno.ENOSPC:
            raise StorageFull(str(out)) from error
        raise UnreadableFile(out, f"it cannot be written ({error})", "choose another place with --out") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return written


def best_unknown(
    scores: NDArray[np.float32], known: sp.csr_array, top: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Rows ``(user, item, rank from 1, score)`` of the best unknown items, ties by item row."""
    picked = top_k(scores, known, top)
    user, place = np.nonzero(picked != NOTHING)
    values = np.asarray(scores, np.float32)[user, picked[user, place]]
    return (
        user.astype(np.int32),
        picked[user, place].astype(np.int32),
        (place + 1).astype(np.int32),
        values,
    )
