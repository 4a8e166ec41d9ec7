"""What is known of products in words: titles, names of what they belong to, descriptions, attributes, reviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.snapshot.view import LiveView

NAMED = (
    (("Product", "MADE_BY", "Brand"), 1),
    (("Product", "IN_CATEGORY", "Category"), 4),
    (("Product", "TAGGED", "Tag"), 1),
    (("Product", "RELATED", "Entity"), 1),
)
"""Edges to things whose names say what a product is, and up to how many levels their parents' names do."""
PARENT = ("Category", "SUBCATEGORY_OF", "Category")
LONGEST = 4000
"""Characters of one field that are read."""


@dataclass(frozen=True, slots=True)
class Document:
    """One product in words, by field; empty texts for what is not known.

    Attributes:
        title: of the product.
        names: of its brand, categories and theirs above them, tags and entities.
        attributes: names and values.
        description: what it is.
        reviews: what people wrote about it.
    """

    title: str
    names: str
    attributes: str
    description: str
    reviews: str

    @property
    def heading(self) -> str:
        """Title and names."""
        return f"{self.title} {self.names}".strip()

    @property
    def whole(self) -> str:
        """Everything."""
        parts = (self.title, self.names, self.attributes, self.description, self.reviews)
        return " ".join(each for each in parts if each)

    @property
    def prose(self) -> str:
        """What tells the language best: the description, else the title with the reviews."""
        return self.description or f"{self.title} {self.reviews}"


@dataclass(slots=True)
class Documents:
    """The products of a view in words, by row; ended ones are empty.

    Attributes:
        view: the graph.
        reviews: texts by product row.
    """

    view: LiveView
    reviews: Mapping[int, Sequence[str]] = field(default_factory=dict)
    _names: dict[tuple[str, int], str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Document]:
        """One document a row."""
        gone = self.view.gone("Product")
        for row in range(self.view.count("Product")):
            yield EMPTY if gone[row] else self.of(row)

    def of(self, row: int) -> Document:
        """One product in words."""
        view = self.view
        return Document(
            title=(view.text("Product", "title", row) or "")[:LONGEST],
            names=" ".join(self._belongings(row))[:LONGEST],
            attributes=" ".join(_words_of(view.json("Product", "attributes", row)))[:LONGEST],
            description=(view.text("Product", "description", row) or "")[:LONGEST],
            reviews=" ".join(self.reviews.get(row, ()))[:LONGEST],
        )

    def _belongings(self, row: int) -> Iterator[str]:
        seen: set[tuple[str, int]] = set()
        for key, levels in NAMED:
            out = self.view.edges(*key).out
            todo = out.neighbours(row).tolist() if row < out.node_count else []
            for _ in range(levels):
                new = [each for each in todo if (key[2], each) not in seen]
                seen.update((key[2], each) for each in new)
                yield from (name for each in new if (name := self.name(key[2], each)))
                todo = [above for each in new for above in self._above(key[2], each)]

    def _above(self, label: str, row: int) -> list[int]:
        above = self.view.edges(*PARENT).out
        return above.neighbours(row).tolist() if label == "Category" and row < above.node_count else []

    def name(self, label: str, row: int) -> str:
        """What a category, brand, tag or entity is called; its id where it has no name but an id that is a word."""
        key = (label, row)
        if key not in self._names:
            node_id = self.view.id_of(label, row)
            spoken = node_id.replace("-", " ").replace("_", " ")
            known = self.view.text(label, "name", row)
            self._names[key] = known or (spoken if any(each.isalpha() for each in node_id) else "")
        return self._names[key]


EMPTY = Document("", "", "", "", "")


def _words_of(value: Any) -> Iterator[str]:
    """Texts within JSON, names among them; numbers and truths say nothing to who searches."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is not False and inner is not None:
                yield name
            yield from _words_of(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _words_of(each)
    elif isinstance(value, str) and "://" not in value:
        yield value
