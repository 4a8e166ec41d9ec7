"""One data set of the catalogue: what it is, where it lies, how it is loaded, how it is split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from graph.datasets import tables
from graph.datasets.entry import AttributeSource, Entry, InteractionSource
from graph.datasets.places import Places, default_places, found, locate
from graph.datasets.split import Pairs, Protocol, Published, Split, Table, Triples
from graph.load.mapping import Mapping, parse_mapping
from graph.progress import Progress, silent


@dataclass(frozen=True)
class Dataset:
    """A data set that is known by name; nothing is read before it is asked for.

    Attributes:
        entry: its entry in the catalogue.
        path: the entry's file.
        places: where its files are looked for; None: the default places.
    """

    entry: Entry
    path: Path
    places: Places | None = None

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return self.entry.name

    @property
    def title(self) -> str:
        """What people call it."""
        return self.entry.title

    @property
    def summary(self) -> str:
        """What it holds, in numbers, and what to know before using it."""
        return self.entry.summary

    @property
    def licence(self) -> str:
        """What its authors allow."""
        return self.entry.licence

    @property
    def citation(self) -> str:
        """Whom to cite."""
        return self.entry.citation

    @property
    def bytes(self) -> int:
        """Size of all its files, decompressed."""
        return sum(file.bytes for file in self.entry.files)

    @property
    def source(self) -> str:
        """Where its files were taken from."""
        return f"https://github.com/{self.entry.repository}/tree/{self.entry.commit}"

    @property
    def has_split(self) -> bool:
        """Whether others fixed a split."""
        return self.entry.split is not None

    def locate(self, progress: Progress = silent) -> Path:
        """The folder with its files, compared with their checksums; downloaded where need be.

        Raises:
            DatasetUnavailable: none of the places has it.
            ChecksumMismatch: a place has something else under its name.
        """
        return locate(self.entry, self.places or default_places(), progress)

    @cached_property
    def folder(self) -> Path:
        """`locate`, once."""
        return self.locate()

    def mapping(self) -> Mapping:
        """How it is loaded: a mapping on the files as they lie.

        Raises:
            DatasetUnavailable: none of the places has it.
        """
        content = self.entry.load
        placed = {kind: [self._placed(table) for table in content.get(kind, [])] for kind in ("nodes", "events")}
        return parse_mapping({**content, **placed}, self.path, self.folder)

    def _placed(self, table: dict[str, object]) -> dict[str, object]:
        placed = {**table, "file": self._at_hand(str(table["file"]))}
        lookups = table.get("lookup")
        if isinstance(lookups, dict):
            placed["lookup"] = {name: self._placed(each) for name, each in lookups.items()}
        return placed

    def _at_hand(self, file: str) -> str:
        path = found(self.folder, file)
        return str(path.relative_to(self.folder)) if path else file

    def interactions(self) -> Table:
        """All interactions in the order of the files; of a split set: train, validation and test together."""
        if self.entry.interactions:
            return self._table(self.entry.interactions)
        split = self.entry.split
        assert split is not None, f"{self.name} has neither interactions nor a split"
        return tables.joined(
            [self._table(part) for part in (split.train, split.validation, split.test) if part is not None]
        )

    def follows(self) -> Pairs | None:
        """Followers and followees, where the set has them."""
        source = self.entry.follows
        return tables.read_follows(source, self._file(source.file)) if source else None

    def attributes(self) -> Triples | None:
        """What is known of items, where the set has it."""
        sources = self.entry.attributes
        if not sources:
            return None
        return tables.chained([self._attributes(each) for each in sources])

    def _attributes(self, source: AttributeSource) -> Triples:
        same = None
        if source.entity_names and source.item_names:
            same = tables.same_items(self._file(source.entity_names), self._file(source.item_names))
        return tables.read_attributes(source, self._file(source.file), same)

    def split(self) -> Split | None:
        """The split that others fixed, or None."""
        split = self.entry.split
        if split is None:
            return None
        protocol = Protocol(
            split.protocol.k,
            split.protocol.mask,
            split.protocol.negatives,
            [Published(each.model, each.metrics, each.source) for each in split.protocol.published],
            split.protocol.note,
        )
        validation = self._table(split.validation) if split.validation else None
        train, test = self._table(split.train), self._table(split.test)
        return Split(train, validation, test, self.follows(), self.attributes(), protocol)

    def _table(self, source: InteractionSource) -> Table:
        return tables.read_interactions(source, self._file(source.file))

    def _file(self, file: str) -> Path:
        return self.folder / self._at_hand(file)
