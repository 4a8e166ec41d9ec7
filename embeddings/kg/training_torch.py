"""Training of TransE, RotatE and ComplEx with PyG."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.kg.calibrate import calibrate
from embeddings.kg.geometry import Form, Vectors
from embeddings.kg.graph import SIDES, KnowledgeGraph, Side
from embeddings.kg.models import FittedKnowledge, KnowledgeModel
from embeddings.kg.ranking import filtered_ranks
from embeddings.kg.split import hold_out
from embeddings.training import Progress, Rows

with warnings.catch_warnings():  # importing PyG 2.8 compiles scripts, which torch 2.15 calls out of date
    warnings.simplefilter("ignore")
    from torch_geometric.nn import ComplEx, KGEModel, RotatE, TransE

MOST_VALIDATION = 2_000
OTHER: dict[Side, Side] = {"head": "tail", "tail": "head"}
NO_METRICS: dict[str, float] = {}
SPREAD = 0.1
"""Standard deviation of the numbers of a node at the start."""
START_SCALE = {"transe": 10.0, "rotate": 4.0, "complex": 1.0}
"""What squared distances are multiplied with at the start; learnt from then on, but for ComplEx."""


def network_of(form: Form, node_count: int, relation_count: int, dim: int) -> KGEModel:
    """PyG's model of that form; distances are Euclidean."""
    if form == "transe":
        return TransE(node_count, relation_count, dim, p_norm=2.0, sparse=True)
    return (RotatE if form == "rotate" else ComplEx)(node_count, relation_count, dim, sparse=True)


@dataclass(frozen=True, slots=True)
class Network:
    """One of PyG's models, asked for many candidates at once.

    Attributes:
        form: which one.
        model: holds the parameters.
        log_scale: of the logits.
    """

    form: Form
    model: KGEModel
    log_scale: torch.Tensor

    @classmethod
    def new(cls, settings: KnowledgeModel, graph: KnowledgeGraph, rng: np.random.Generator) -> Network:
        """Random vectors."""
        model = network_of(settings.form, graph.node_count, len(graph.relations), settings.dim)
        with torch.no_grad():
            for name, weight in model.named_parameters():
                drawn = rng.standard_normal(tuple(weight.shape), np.float32) * np.float32(SPREAD)
                if name == "rel_emb.weight" and settings.form == "rotate":
                    drawn = rng.uniform(0, 2 * np.pi, tuple(weight.shape)).astype(np.float32)
                elif name.startswith("rel_emb") and settings.form == "complex":
                    drawn = drawn + np.float32(name == "rel_emb.weight")
                weight.copy_(torch.from_numpy(drawn))
        scale = torch.tensor(float(np.log(START_SCALE[settings.form])), requires_grad=settings.form != "complex")
        return cls(settings.form, model, scale)

    def optimisers(self, learning_rate: float) -> list[torch.optim.Optimizer]:
        """Adam of the nodes of a step alone, which most nodes are not in, and of the relations."""
        named = dict(self.model.named_parameters())
        nodes = [weight for name, weight in named.items() if name.startswith("node_emb")]
        others = [weight for name, weight in named.items() if not name.startswith("node_emb")]
        scale = [self.log_scale] if self.log_scale.requires_grad else []
        return [
            torch.optim.SparseAdam(nodes, lr=learning_rate),
            torch.optim.Adam([*others, *scale], lr=learning_rate),
        ]

    def nodes(self, rows: torch.Tensor) -> torch.Tensor:
        """``(n, d)`` vectors as `Vectors.nodes`; their gradients are sparse."""
        real: torch.Tensor = self.model.node_emb(rows)
        if self.form == "transe":
            return torch.nn.functional.normalize(real, dim=-1)
        return torch.cat((real, self.model.node_emb_im(rows)), dim=-1)

    def relations(self) -> torch.Tensor:
        """``(r, d)`` vectors as `Vectors.relations`."""
        weight: torch.Tensor = self.model.rel_emb.weight
        if self.form == "transe":
            return weight
        if self.form == "rotate":
            return torch.cat((torch.cos(weight), torch.sin(weight)), dim=-1)
        return torch.cat((weight, self.model.rel_emb_im.weight), dim=-1)

    def logits(
        self, queries: torch.Tensor, answers: torch.Tensor, own: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """``(n, c)`` of each query with each answer, and ``(n,)`` with its own, as `Vectors.logits`.

        Of a squared distance ``|q|²`` is left out: it is the same for all answers of a query.
        """
        if self.form == "complex":
            return queries @ answers.T, (queries * own).sum(1)
        scale = self.log_scale.exp()
        queries = queries * (2 * scale)
        against = torch.addmm(-scale * answers.square().sum(1)[None, :], queries, answers.T)
        return against, (queries * own).sum(1) - scale * own.square().sum(1)

    def vectors(self) -> Vectors:
        """What has been learnt so far."""
        with torch.no_grad():
            nodes = self.nodes(torch.arange(self.model.num_nodes)).numpy()
            relations = self.relations().numpy().copy()
        return Vectors(self.form, nodes, relations, float(self.log_scale.detach().exp()))


def combined(form: Form, given: torch.Tensor, relation: torch.Tensor, side: Side) -> torch.Tensor:
    """As `geometry.combined`, with gradients."""
    if form == "transe":
        return given + relation if side == "tail" else given - relation
    real, imaginary = given.chunk(2, dim=-1)
    cosine, sine = relation.chunk(2)
    sine = sine if side == "tail" else -sine
    return torch.cat((real * cosine - imaginary * sine, real * sine + imaginary * cosine), dim=-1)


def fitted(
    settings: KnowledgeModel, graph: KnowledgeGraph, rng: np.random.Generator, progress: Progress
) -> FittedKnowledge:
    """Train, look at the held-out triples now and then, and keep the vectors that were best at them."""
    learnt, held = hold_out(graph, settings.validation, MOST_VALIDATION, rng)
    network = Network.new(settings, graph, rng)
    optimisers = network.optimisers(settings.learning_rate)
    best, best_at, best_metrics, looks = network.vectors(), 0, NO_METRICS, 0
    for epoch in range(1, settings.epochs + 1):
        loss = _epoch(settings, network, learnt, optimisers, rng)
        last = epoch == settings.epochs
        if len(held) and (last or epoch % settings.look_every == 0):
            found = network.vectors()
            metrics = _measured(found, held, graph)
            if metrics["mrr"] > best_metrics.get("mrr", -1.0):
                best, best_at, best_metrics, looks = copy.deepcopy(found), epoch, metrics, 0
            else:
                looks += 1
        progress(epoch / settings.epochs, f"epoch {epoch}, loss {loss:.4f}, MRR {best_metrics.get('mrr', 0):.4f}")
        if looks == settings.patience and not last:
            progress(1.0, f"no better since epoch {best_at}")
            break
    if not len(held):
        best, best_at = network.vectors(), settings.epochs
    return FittedKnowledge(graph, best, best_metrics, calibrate(best, held, learnt), best_at)


def _measured(vectors: Vectors, held: KnowledgeGraph, graph: KnowledgeGraph) -> dict[str, float]:
    def scores(given: Rows, kind: int, side: Side, among: Rows) -> NDArray[np.float32]:
        return vectors.scores(vectors.queries(given, kind, side), vectors.nodes[among])

    return filtered_ranks(scores, held, graph, typed=True).metrics()


def _epoch(
    settings: KnowledgeModel,
    network: Network,
    graph: KnowledgeGraph,
    optimisers: list[torch.optim.Optimizer],
    rng: np.random.Generator,
) -> float:
    """One pass over the triples in batches of one relation each, in random order."""
    batches: list[tuple[int, NDArray[np.int64]]] = []
    for kind in range(len(graph.relations)):
        rows = rng.permutation(np.flatnonzero(graph.kinds == kind))
        parts = -(-len(rows) // settings.batch_size)
        batches.extend((kind, part) for part in np.array_split(rows, max(1, parts)) if len(part))
    losses = []
    for place in rng.permutation(len(batches)).tolist():
        kind, rows = batches[place]
        for each in optimisers:
            each.zero_grad()
        loss = _loss(settings, network, graph, kind, rows, rng)
        loss.backward()  # type: ignore[no-untyped-call]
        for each in optimisers:
            each.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses)) if losses else 0.0


def _loss(
    settings: KnowledgeModel,
    network: Network,
    graph: KnowledgeGraph,
    kind: int,
    rows: NDArray[np.int64],
    rng: np.random.Generator,
) -> torch.Tensor:
    """Cross-entropy of the right answer among drawn ones that may stand there, for both sides of each triple."""
    drawn = {side: drawn_candidates(graph.candidates(kind, side), settings.negatives, rng) for side in SIDES}
    ends = {"head": graph.heads[rows], "tail": graph.tails[rows]}
    nodes, places = np.unique(np.concatenate((*ends.values(), *drawn.values())), return_inverse=True)
    parts = np.split(places, np.cumsum([len(rows), len(rows), len(drawn["head"])]))
    all_vectors = network.nodes(torch.from_numpy(nodes.astype(np.int64)))
    # one sparse look-up a step, dense ones of its rows behind it: their gradients are quick
    head, tail, other_heads, other_tails = (
        torch.nn.functional.embedding(torch.from_numpy(part), all_vectors) for part in parts
    )
    vectors: dict[Side, torch.Tensor] = {"head": head, "tail": tail}
    others: dict[Side, torch.Tensor] = {"head": other_heads, "tail": other_tails}
    relation = network.relations()[kind]
    total = torch.zeros(())
    for side, given in OTHER.items():
        if len(drawn[side]) < 2:  # nothing to compare with
            continue
        queries = combined(network.form, vectors[given], relation, side)
        against, own = network.logits(queries, others[side], vectors[side])
        against[_same(ends[side], drawn[side])] = float("-inf")
        total = total + (torch.logaddexp(own, torch.logsumexp(against, dim=1)) - own).mean()
    if settings.reg:
        total = total + settings.reg * _size(network, vectors, kind)
    return total


def _same(ends: Rows, drawn: Rows) -> tuple[torch.Tensor, torch.Tensor]:
    """Where a drawn node is the right answer itself."""
    order = np.argsort(drawn)
    place = np.minimum(np.searchsorted(drawn, ends, sorter=order), len(drawn) - 1)
    columns = order[place]
    lines = np.flatnonzero(drawn[columns] == ends)
    return torch.from_numpy(lines), torch.from_numpy(columns[lines])


def _size(network: Network, vectors: dict[Side, torch.Tensor], kind: int) -> torch.Tensor:
    """The nuclear 3-norm for ComplEx (Lacroix et al., ICML 2018), the squared length for the others."""
    if network.form != "complex":
        return sum((each.square().sum(1).mean() for each in vectors.values()), torch.zeros(()))
    parts = [*vectors.values(), network.relations()[kind][None, :]]
    return sum((_cubes(each).sum(1).mean() for each in parts), torch.zeros(()))


def _cubes(vectors: torch.Tensor) -> torch.Tensor:
    real, imaginary = vectors.chunk(2, dim=-1)
    return (real.square() + imaginary.square() + 1e-12).pow(1.5)


def drawn_candidates(candidates: Rows, count: int, rng: np.random.Generator) -> Rows:
    """``count`` of the candidates, drawn once for a step; all where there are no more."""
    if len(candidates) <= count:
        return candidates
    return candidates[rng.choice(len(candidates), count, replace=False, shuffle=False)]
