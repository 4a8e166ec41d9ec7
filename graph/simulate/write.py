"""A town as files: Parquet tables, the mapping that loads them, and the truth beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from graph.errors import StorageFull
from graph.progress import Progress, silent
from graph.simulate import words
from graph.simulate.events import EventColumns
from graph.simulate.nodes import (
    brand_columns,
    category_columns,
    community_columns,
    product_columns,
    product_titles,
    user_columns,
    user_ids,
)
from graph.simulate.town import Town
from graph.simulate.truth import truth_tables

CHUNK = 500_000
Columns = dict[str, pa.Array]
MAPPING = "mapping.toml"


def write_town(town: Town, folder: Path, progress: Progress = silent) -> Path:
    """Write a town so that ``tastegraph load`` takes it.

    Args:
        town: what to write.
        folder: made if it is not there; files of the same names are replaced.
        progress: told the part that is done and the table that begins.

    Returns:
        The mapping file in ``folder``. ``folder/truth`` holds what the simulation knows and a program should find.

    Raises:
        StorageFull: the disk took no more.
    """
    try:
        (folder / "truth").mkdir(parents=True, exist_ok=True)
        mapping = [_HEAD, *_write_nodes(town, folder, progress), *_write_events(town, folder, progress)]
        progress(0.9, "truth")
        for name, columns in truth_tables(town).items():
            _write(folder / "truth" / f"{name}.parquet", [columns])
        (folder / MAPPING).write_text("\n".join(mapping), encoding="utf-8")
    except OSError as error:
        if error.errno in {28, 122}:  # ENOSPC, EDQUOT
            raise StorageFull(str(folder)) from error
        raise
    progress(1.0, "done")
    return folder / MAPPING


_HEAD = "# A simulated town. Load it with: tastegraph load mapping.toml\n"


def _nodes(town: Town) -> Iterator[tuple[str, str, Columns]]:
    yield "users", "User", user_columns(town)
    yield "products", "Product", product_columns(town)
    yield "categories", "Category", category_columns(town)
    yield "brands", "Brand", brand_columns(town)
    yield "communities", "Community", community_columns(town)


def _write_nodes(town: Town, folder: Path, progress: Progress) -> Iterator[str]:
    for name, label, table in _nodes(town):
        progress(0.0, name)
        yield _node_entry(name, label, _write(folder / f"{name}.parquet", [table]))


def _write_events(town: Town, folder: Path, progress: Progress) -> Iterator[str]:
    done, total = 0, sum(len(events) for events in town.events.values())
    for name, events in town.events.items():
        progress(0.1 + 0.8 * done / total, name)
        done += len(events)
        if len(events):
            yield _event_entry(name, _write(folder / f"{name}.parquet", _event_chunks(town, name, events)))


def _write(path: Path, tables: Iterator[Columns] | list[Columns]) -> list[str]:
    """Write tables of the same columns into one file; the names of the columns."""
    names: list[str] = []
    writer: pq.ParquetWriter | None = None
    try:
        for columns in tables:
            table = pa.table(columns)
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=1)
                names = table.column_names
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
    return names


def _node_entry(name: str, label: str, columns: list[str]) -> str:
    lines = ["[[nodes]]", f'file = "{name}.parquet"', f'label = "{label}"', _columns_line(columns)]
    times = [c for c in columns if c in {"joined_at", "created_at"}]
    lists = [c for c in columns if c in {"categories", "tags", "parent"}]
    if times:
        lines.append('time = "unix_ms"')
    if lists:
        lines.append(f'split = {{ {", ".join(f"""{c} = "|" """.strip() for c in lists)} }}')
    return "\n".join(lines) + "\n"


def _event_entry(name: str, columns: list[str]) -> str:
    lines = ["[[events]]", f'file = "{name}.parquet"', f'type = "{name}"', _columns_line(columns), 'time = "unix_ms"']
    if "product_ids" in columns:
        lines.append('split = { product_ids = "|" }')
    return "\n".join(lines) + "\n"


def _columns_line(columns: list[str]) -> str:
    return f"columns = {{ {', '.join(f'{c} = {c!r}' for c in columns)} }}".replace("'", '"')


def _event_chunks(town: Town, name: str, events: EventColumns) -> Iterator[Columns]:
    for start in range(0, len(events), CHUNK):
        yield _event_columns(town, name, events.take(np.arange(start, min(start + CHUNK, len(events)))), start)


def _event_columns(town: Town, name: str, events: EventColumns, start: int) -> Columns:
    """One chunk of events in the columns of INTERFACES; ``start`` is the position of its first."""
    columns: Columns = {}
    if name in EVENT_ID_PREFIX:
        rows = np.arange(start, start + len(events))
        columns["event_id"] = words.ids(EVENT_ID_PREFIX[name], rows, len(town.events[name]))
    columns["user_id"] = user_ids(town, events.user)
    columns["at"] = pa.array(events.at)
    for field, column in events.fields.items():
        columns |= _FIELDS[field](town, column) if field in _FIELDS else {field: pa.array(column)}
    if name == "bought":
        columns["price_minor"] = pa.array(town.catalogue.price_minor[events.fields["product"]])
        columns["currency"] = pa.array(["EUR"]).take(pa.array(np.zeros(len(events), np.int64)))
    if name == "reviewed":
        columns["text"] = _review_texts(events)
    if name == "posted":
        columns["product_ids"] = columns.pop("product_id")
        columns["text"] = _post_texts(town, events)
    if name == "commented":
        columns["text"] = words.chosen(words.ANSWERS, words.scattered(events.at, 8))
    return columns


EVENT_ID_PREFIX = {"bought": "b", "rated": "r", "reviewed": "w", "returned": "x", "posted": "e", "commented": "c"}
"""Types whose events have ids; the others' are made from their content when they are loaded."""


def _ids_of(field: str, prefix: str, count: Callable[[Town], int]) -> Callable[[Town, NDArray[np.integer]], Columns]:
    return lambda town, rows: {field: words.ids(prefix, rows, count(town))}


_FIELDS: Mapping[str, Callable[[Town, NDArray[np.integer]], Columns]] = {
    "product": _ids_of("product_id", "p", lambda town: len(town.catalogue)),
    "other": _ids_of("other_id", "u", lambda town: len(town.people)),
    "community": _ids_of("community_id", "g", lambda town: len(town.people.size)),
    "post": _ids_of("post_id", "t", lambda town: len(town.events["posted"])),
    "session": _ids_of("session_id", "s", lambda _: 10**8),
    "order": _ids_of("order_id", "o", lambda _: 10**8),
}


def _review_texts(events: EventColumns) -> pa.Array:
    flat = [text for texts in words.REVIEWS for text in texts]
    each = len(words.REVIEWS[0])
    picked = (events.fields["value"].astype(np.int64) - 1) * each + words.scattered(events.at, 9) % each
    return words.chosen(flat, picked)


def _post_texts(town: Town, events: EventColumns) -> pa.Array:
    picked = words.scattered(events.fields["post"], 7)
    before, after = ([text.split("{}")[side] for text in words.POSTS] for side in (0, 1))
    titles = product_titles(town, events.fields["product"])
    return words.joined(words.chosen(before, picked), titles, words.chosen(after, picked), by="")
