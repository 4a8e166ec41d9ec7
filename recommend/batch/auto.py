"""Choosing models and their weights on a validation part split off the given interactions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import NothingToLearn
from embeddings.hybrid import FittedBlend, common_scale
from embeddings.models import model as named_model
from embeddings.training import FittedModel, Model, Progress, TrainingData, settings_of, silent
from recommend.batch.blend import (
    Pool,
    Weights,
    joined,
    learn_weights,
    pool_of,
    search_weights,
)
from recommend.batch.candidates import Search, blocks_of, searches, slow_searches
from recommend.batch.holdout import Holdout, hold_out
from recommend.batch.report import Trial

CHOOSING_PART = 0.5
"""Part of the budget that may go into choosing; the rest is for weights, for training on everything and for writing."""
SURE_PART = 0.02
"""Part of a training that tells how long all of it takes."""
FEWEST_PEOPLE = 20
"""Below, figures say nothing about weights."""
STEADY_PEOPLE = 2_000
"""Above, one validation part is enough."""
MOST_PARTS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """A fitted model and why it is this one.

    Attributes:
        fitted: what scores, trained on everything.
        chosen: its name and settings; of a blend, those of its parts with their weights.
        reason: why, in a sentence.
        trials: all that was tried, best first.
        validation: how the validation part was made.
        notes: what was left out.
    """

    fitted: FittedModel
    chosen: dict[str, Any]
    reason: str
    trials: tuple[Trial, ...]
    validation: dict[str, Any]
    notes: tuple[str, ...]


class _OutOfTime(Exception):
    """A trial reached the deadline; it is left out."""


@dataclass(slots=True)
class _Watch:
    """Progress that gives a training up as soon as it is plain that it would end too late.

    The pace counts from the first word on: what comes before it (imports, a first factorisation) happens once.

    Attributes:
        deadline: on the clock of `time.monotonic`.
        first: finished part and time of the first word.
    """

    deadline: float
    first: tuple[float, float] | None = None

    def __call__(self, done: float, _note: str) -> None:
        """Hear how far it is."""
        now = time.monotonic()
        begun, at = self.first = self.first or (done, now)
        part = done - begun
        projected = now + (now - at) * (1 - done) / part if part > SURE_PART else now
        if projected > self.deadline:
            raise _OutOfTime


@dataclass(frozen=True, slots=True)
class Finalist:
    """The best trial of one search.

    Attributes:
        model: with its settings.
        trial: its figures.
        scale: ``(users, items)`` on the common scale.
        each_s: training and scoring on one validation part, in seconds.
        final_s: a guess at training it on everything and scoring everybody, in seconds.
    """

    model: Model
    trial: Trial
    scale: NDArray[np.float32]
    each_s: float
    final_s: float

    @property
    def value(self) -> float:
        """What finalists are compared by."""
        return _value(self.trial)


@dataclass(slots=True)
class Trials:
    """Runs searches on one validation part until a deadline.

    Attributes:
        part: what is learnt from and measured on.
        seed: of training.
        deadline: on the clock of `time.monotonic`.
        active_count: people who will get recommendations.
    """

    part: Holdout
    seed: int
    deadline: float
    active_count: int
    done: list[Trial] = field(default_factory=list)
    finalists: list[Finalist] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def run(self, search: Search) -> None:
        """Turn the search's settings one after the other; keep the best as a finalist."""
        best: Finalist | None = None
        try:
            best = self._trial(search, search.model)
            for setting, values in search.axes:
                base = best.model
                for value in values:
                    changed = cast("Model", replace(cast("Any", base), **{setting: value}))
                    other = self._trial(search, changed, best.each_s)
                    best = other if other.value > best.value else best
        except _OutOfTime:
            self.notes.append(f"{search.model.name}: no time for {'all its settings' if best else 'it'}")
        if best is not None:
            self.finalists.append(best)

    def _trial(self, search: Search, model: Model, like_s: float = 0.0) -> Finalist:
        """Train and measure; ``like_s`` is what a like trial took. What would end too late is not begun."""
        start = time.monotonic()
        if start + max(search.cost_s, like_s) > self.deadline:
            raise _OutOfTime

        watch = _Watch(self.deadline)
        fitted = model.fit(self.part.train, rng=np.random.default_rng(self.seed), progress=watch)
        trained = time.monotonic()
        scores = fitted.score(self.part.users)
        ndcg, recall = self.part.quality_of(scores)
        scale = common_scale(scores, self.part.known)
        scored = time.monotonic()
        settings = settings_of(model)
        blocks = blocks_of(search, settings)
        trial = Trial(model.name, settings, blocks, ndcg, recall, round(scored - start, 3))
        self.done.append(trial)
        each_s = scored - start
        final_s = 1.3 * (trained - start) + (scored - trained) * self.active_count / max(1, len(self.part.users))
        return Finalist(model, trial, scale, each_s, final_s)


def choose(data: TrainingData, *, seed: int = 0, budget_s: float = 300.0, progress: Progress = silent) -> Choice:
    """Try candidates on a validation part, blend what helps, and train the choice on everything.

    Args:
        data: everything that may be learnt from.
        seed: of the validation part and of training.
        budget_s: about how long it may take, in seconds. Each trial that would end later is left out.
        progress: told the finished part and the step.

    Raises:
        NothingToLearn: there is no interaction.
    """
    start = time.monotonic()
    try:
        part = hold_out(data, np.random.default_rng(seed))
    except NothingToLearn:
        return _by_popularity(data, seed, "there are too few interactions for a validation part")
    trials = Trials(part, seed, start + CHOOSING_PART * budget_s, len(np.unique(data.users)))
    planned = (*searches(part.train), *slow_searches())
    for place, search in enumerate(planned):
        progress(CHOOSING_PART * place / len(planned), f"trying {search.model.name}")
        trials.run(search)
    if not trials.finalists:
        return _by_popularity(data, seed, "there was no time to try anything", trials.notes)
    picked, reason, blend = _pick(trials, data, start + budget_s)
    progress(0.7, "training the choice on everything")
    fitted = _trained(picked, data, seed)
    return Choice(
        fitted, _described(picked), reason, _ordered([*trials.done, *blend]), part.described(), tuple(trials.notes)
    )


Picked = list[tuple[Finalist, tuple[float, float]]]
"""Finalists with the weights of their logarithms and of their plain parts of the best."""


def _searched(pool: Pool) -> Weights:
    found = search_weights(pool, 0)
    return np.stack((found, np.zeros_like(found)))


WAYS: Mapping[str, Callable[[Pool], Weights]] = {"searched": _searched, "learned": learn_weights}
"""Ways to find ``(2, models)`` weights of a blend, steadiest first."""


def _pick(trials: Trials, data: TrainingData, end: float) -> tuple[Picked, str, list[Trial]]:
    """The finalists to train with their weights, why, and the blend's figures."""
    ordered = sorted(trials.finalists, key=lambda each: -each.value)
    finalists = _affordable(ordered, end - time.monotonic())
    trials.notes.extend(
        f"{_label(each)}: no time to score everybody with it"
        for each in ordered
        if all(each is not kept for kept in finalists)
    )
    best = finalists[0]
    alone: Picked = [(best, (1.0, 0.0))]
    if len(finalists) == 1 or len(trials.part.users) < FEWEST_PEOPLE:
        return alone, f"{best.model.name} was best; nothing could be blended", []
    pool = _pool(trials, finalists, data, end)
    gained, had, way = _checked(pool, trials.seed)
    weights = WAYS[way](pool)
    note = f"on people not used for its weights: {gained:.4f} against {had:.4f} of {best.model.name} alone"
    blend = [_blend_trial(pool, weights, finalists, f"weights {way}; {note}")]
    if gained <= had:
        return alone, f"{best.model.name} is best; a blend brings no more (NDCG@20 + recall@20 {note})", blend
    pairs = zip(finalists, weights.T.tolist(), strict=True)
    chosen: Picked = [(each, (log, plain)) for each, (log, plain) in pairs if log or plain]
    if len(chosen) == 1:
        return chosen, f"{chosen[0][0].model.name} is best: the weights of a blend left nothing beside it", blend
    return chosen, f"a blend is best, its weights {way}: NDCG@20 + recall@20 {note}", blend


def _pool(trials: Trials, finalists: Sequence[Finalist], data: TrainingData, end: float) -> Pool:
    """The finalists' opinions on the validation part and, while there is time, on further random ones.

    More parts make the weights steadier. There is only one newest part of a timeline.
    """
    pools = [pool_of([each.scale for each in finalists], trials.part.known, trials.part.right)]
    round_s = sum(each.each_s for each in finalists)
    needed_s = sum(each.final_s for each in finalists)
    for more in range(1, MOST_PARTS):
        late = time.monotonic() + round_s + needed_s > end
        if late or not trials.part.manner.startswith("random") or len(pools[0]) > STEADY_PEOPLE:
            break
        part = hold_out(data, np.random.default_rng((trials.seed, more)))
        scales = [_scale(each.model, part, trials.seed) for each in finalists]
        pools.append(pool_of(scales, part.known, part.right))
    return joined(pools)


def _scale(model: Model, part: Holdout, seed: int) -> NDArray[np.float32]:
    fitted = model.fit(part.train, rng=np.random.default_rng(seed))
    return common_scale(fitted.score(part.users), part.known)


def _checked(pool: Pool, seed: int) -> tuple[float, float, str]:
    """NDCG + recall of a blend on people that its weights were not chosen on, those of the best model, and which way.

    Weights are found on either half of the people and measured on the other; the better way to find them counts.
    """
    people = np.random.default_rng(seed).permutation(len(pool))
    halves = np.array_split(people, 2)
    single = np.zeros(len(pool.opinions))
    single[0] = 1.0
    gained, had = dict.fromkeys(WAYS, 0.0), 0.0
    for chosen_on, checked_on in (halves, halves[::-1]):
        other, own = pool.of(checked_on), pool.of(chosen_on)
        had += sum(other.quality(single)) / 2
        for name, way in WAYS.items():
            gained[name] += sum(other.quality(way(own))) / 2
    best = max(WAYS, key=lambda name: gained[name])
    return gained[best], had, best


def _affordable(finalists: Sequence[Finalist], left_s: float) -> list[Finalist]:
    """Leave out the dearest while all together would take longer than is left; the cheapest stays."""
    kept = list(finalists)
    while len(kept) > 1 and sum(each.final_s for each in kept) > left_s:
        kept.pop(max(range(len(kept)), key=lambda place: kept[place].final_s))
    return kept


def _blend_trial(pool: Pool, weights: Weights, finalists: Sequence[Finalist], note: str) -> Trial:
    ndcg, recall = pool.quality(weights)
    pairs = zip(finalists, weights.T.tolist(), strict=True)
    parts = {_label(each): weight if any(weight[1:]) else weight[0] for each, weight in pairs if any(weight)}
    return Trial("blend", parts, (), ndcg, recall, 0.0, note)


def _label(finalist: Finalist) -> str:
    relation = finalist.trial.settings.get("relation", -1)
    return finalist.model.name if relation < 0 else f"{finalist.model.name}[{relation}]"


def _trained(picked: Picked, data: TrainingData, seed: int) -> FittedModel:
    fitted = [each.model.fit(data, rng=np.random.default_rng(seed)) for each, _ in picked]
    if len(fitted) == 1:
        return fitted[0]
    logs, plains = zip(*(weights for _, weights in picked), strict=True)
    return FittedBlend(fitted, logs, data.matrix(), plains if any(plains) else None)


def _described(picked: Picked) -> dict[str, Any]:
    parts = []
    for each, (weight, plain) in picked:
        part = {"model": each.model.name, "settings": each.trial.settings, "blocks": list(each.trial.blocks)}
        parts.append({**part, "weight": weight, **({"plain_weight": plain} if plain else {})})
    return parts[0] if len(parts) == 1 else {"model": "blend", "parts": parts}


def _ordered(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    return tuple(sorted(trials, key=lambda trial: -_value(trial)))


def _value(trial: Trial) -> float:
    return (trial.ndcg or 0.0) + (trial.recall or 0.0)


def _by_popularity(data: TrainingData, seed: int, reason: str, notes: Sequence[str] = ()) -> Choice:
    model = named_model("popularity")
    fitted = model.fit(data, rng=np.random.default_rng(seed))
    chosen = {"model": model.name, "settings": settings_of(model), "blocks": [], "weight": 1.0}
    return Choice(fitted, chosen, f"what is popular: {reason}", (), {}, tuple(notes))
