"""Everything that is known, as triples of one numbering: what knowledge embeddings learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.training import Rows
from graph.errors import InvalidValue

Side = Literal["head", "tail"]
SIDES: tuple[Side, ...] = ("head", "tail")

ACTED = "ACTED"
"""The relation of people to the products that their actions count for."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of triple.

    Attributes:
        name: unique in its graph, such as ``MADE_BY``; of RELATED, with its predicate and labels.
        source: label of the heads.
        target: label of the tails.
    """

    name: str
    source: str
    target: str


@dataclass(frozen=True)
class KnowledgeGraph:
    """Distinct triples over the nodes of several labels, which are numbered one label after the other.

    Attributes:
        labels: of the nodes.
        counts: nodes of each label.
        relations: what joins them.
        heads: ``(m,)`` int32 nodes.
        kinds: ``(m,)`` int32 rows of ``relations``.
        tails: ``(m,)`` int32 nodes.
        domains: for each relation, the nodes that its heads are drawn from, and those that its tails are.
    """

    labels: tuple[str, ...]
    counts: tuple[int, ...]
    relations: tuple[Relation, ...]
    heads: Rows
    kinds: Rows
    tails: Rows
    domains: tuple[tuple[Rows, Rows], ...]

    @property
    def node_count(self) -> int:
        """Nodes of all labels."""
        return sum(self.counts)

    def __len__(self) -> int:
        return len(self.heads)

    def first(self, label: str) -> int:
        """The number of a label's row 0.

        Raises:
            InvalidValue: the graph has no such label.
        """
        if label not in self.labels:
            raise InvalidValue("label", f"the graph has no {label}; it has {', '.join(self.labels)}")
        return sum(self.counts[: self.labels.index(label)])

    def span(self, label: str) -> slice:
        """The numbers of a label's nodes."""
        start = self.first(label)
        return slice(start, start + self.counts[self.labels.index(label)])

    def relation(self, name: str) -> int:
        """Row of a relation.

        Raises:
            InvalidValue: the graph has none of that name.
        """
        for row, each in enumerate(self.relations):
            if each.name == name:
                return row
        raise InvalidValue("relation", f"no {name!r}; there are {', '.join(each.name for each in self.relations)}")

    def candidates(self, kind: int, side: Side) -> Rows:
        """``(c,)`` sorted nodes that may stand on that side of a relation."""
        return self.domains[kind][SIDES.index(side)]

    def part(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> KnowledgeGraph:
        """The same graph with some of the triples."""
        return replace(self, heads=self.heads[chosen], kinds=self.kinds[chosen], tails=self.tails[chosen])

    def of_relation(self, kind: int) -> tuple[Rows, Rows]:
        """Heads and tails of one relation."""
        chosen = self.kinds == kind
        return self.heads[chosen], self.tails[chosen]

    @cached_property
    def degrees(self) -> NDArray[np.int64]:
        """``(node_count,)`` in how many triples a node stands."""
        return np.bincount(np.concatenate((self.heads, self.tails)), minlength=self.node_count)

    def known(self, kind: int, side: Side) -> sp.csr_array:
        """Given node × answer, both over all nodes: 1 where the triple is there.

        Args:
            kind: the relation.
            side: which side is the answer.
        """
        heads, tails = self.of_relation(kind)
        given, answers = (heads, tails) if side == "tail" else (tails, heads)
        ones = np.ones(len(given), np.int8)
        return sp.csr_array((ones, (given, answers)), shape=(self.node_count, self.node_count))


@dataclass(frozen=True, slots=True)
class EdgeSet:
    """Triples of one relation, by rows of their labels.

    Attributes:
        relation: what they say.
        heads: ``(e,)`` rows of its source label.
        tails: ``(e,)`` rows of its target label.
        own_tails: tails are drawn from those of this relation alone, as its label holds things of several kinds.
    """

    relation: Relation
    heads: Rows
    tails: Rows
    own_tails: bool = False


def knowledge_graph(counts: dict[str, int], edges: list[EdgeSet]) -> KnowledgeGraph:
    """Number the nodes and triples of edge sets; repeated edges count once, empty sets are left out.

    Args:
        counts: nodes by label.
        edges: each relation once.

    Returns:
        A side of a relation is drawn from the nodes of its label that occur anywhere.

    Raises:
        InvalidValue: a row is out of range.
    """
    used = [each for each in edges if len(each.heads)]
    labels = tuple(label for label in counts if any(label in (e.relation.source, e.relation.target) for e in used))
    sizes = tuple(counts[label] for label in labels)
    first = dict(zip(labels, np.cumsum((0, *sizes)).tolist(), strict=False))
    parts = []
    for kind, each in enumerate(used):
        pairs = _distinct(each, counts)
        heads, tails = pairs[0] + first[each.relation.source], pairs[1] + first[each.relation.target]
        parts.append((heads, np.full(len(heads), kind), tails))
    joined = [np.concatenate([part[at] for part in parts] or [np.empty(0)]).astype(np.int32) for at in range(3)]
    heads, kinds, tails = joined
    there = np.bincount(np.concatenate((heads, tails)), minlength=sum(sizes)) > 0
    spans = {label: slice(first[label], first[label] + size) for label, size in zip(labels, sizes, strict=True)}
    present = {label: (np.flatnonzero(there[span]) + span.start).astype(np.int32) for label, span in spans.items()}
    domains = tuple(
        (present[each.relation.source], np.unique(parts[kind][2]).astype(np.int32))
        if each.own_tails
        else (present[each.relation.source], present[each.relation.target])
        for kind, each in enumerate(used)
    )
    return KnowledgeGraph(labels, sizes, tuple(each.relation for each in used), heads, kinds, tails, domains)


def _distinct(edges: EdgeSet, counts: dict[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    relation = edges.relation
    for rows, label in ((edges.heads, relation.source), (edges.tails, relation.target)):
        if rows.min() < 0 or rows.max() >= counts[label]:
            raise InvalidValue(relation.name, f"expected rows of {label} between 0 and {counts[label] - 1}")
    keys = np.unique(edges.heads.astype(np.int64) * counts[relation.target] + edges.tails)
    return keys // counts[relation.target], keys % counts[relation.target]
