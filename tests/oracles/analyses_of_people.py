"""Oracle: what the queries of ``cypher/analyse`` on customers, communities and health ask; as `analyses`."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from typing import Any

from graph.schema import NODES
from tests.oracles.analyses import DAY_MS, Rows, people_of
from tests.oracles.told import Graph, Told

NAMED = ("User", "Product", "Category", "Brand", "Tag", "Post", "Community")
"""Labels that events may name before anybody has described them."""

WITHOUT_TIMES = ("INTERACTED", "MENTIONS", "IN_SEGMENT", "TARGETS", "PROMOTES", "RELATED")

# Customers


def rfm(g: Graph, now: int, currency: str, actions: list[str], min_stars: float, **_: Any) -> Rows:
    by_person: dict[str, list[Told]] = defaultdict(list)
    for r in g.counted(actions, min_stars):
        if r.last is not None and r.last <= now:
            by_person[r.source].append(r)
    facts = {person: (max(r.last or 0 for r in rs), len(rs), _money(rs, currency)) for person, rs in by_person.items()}
    cuts = [
        [_percentile([each[n] for each in facts.values()], part) for part in (0.2, 0.4, 0.6, 0.8)] for n in range(3)
    ]
    return [
        (
            person,
            (now - last) / DAY_MS,
            count,
            money,
            *(1 + sum(x > cut for cut in cuts[n]) for n, x in enumerate(each)),
        )
        for person, each in facts.items()
        for last, count, money in [each]
    ]


def _money(rels: list[Told], currency: str) -> int:
    paid = [r.event for r in rels if r.event.get("currency") == currency and r.event.get("price_minor") is not None]
    return sum(e["price_minor"] * (1 if e.get("quantity") is None else e["quantity"]) for e in paid)


def _percentile(values: list[int], part: float) -> int:
    """The least of them that so large a part does not exceed."""
    return sorted(values)[max(math.ceil(part * len(values)) - 1, 0)]


def churn_risk(g: Graph, now: int, actions: list[str], min_stars: float, least: int, **_: Any) -> Rows:
    times: dict[str, set[int]] = defaultdict(set)
    for r in g.counted(actions, min_stars):
        times[r.source].update(at for at in r.times if at <= now)
    rows = []
    for person, all_ in times.items():
        days = len({at // DAY_MS for at in all_})
        if days >= least:
            gap, silent = (max(all_) - min(all_)) / DAY_MS / (days - 1), (now - max(all_)) / DAY_MS
            rows.append((person, days, gap, silent, silent / gap))
    return rows


def cohort_retention(g: Graph, actions: list[str], min_stars: float, days: float, **_: Any) -> Rows:
    stretches: dict[str, set[int]] = defaultdict(set)
    for r in g.counted(actions, min_stars):
        stretches[r.source].update(math.floor(at / (days * DAY_MS)) for at in r.times)
    people, active = Counter[int](), Counter[tuple[int, int]]()
    for each in stretches.values():
        if each:
            people[min(each)] += 1
            active.update((min(each), stretch - min(each)) for stretch in each)
    return [
        (int(began * days * DAY_MS), later, people[began], n, n / people[began]) for (began, later), n in active.items()
    ]


def segment_profile(g: Graph, segment_id: str, actions: list[str], min_stars: float, **_: Any) -> Rows:
    categories: dict[str, set[str]] = defaultdict(set)
    for r in g.chosen(actions, min_stars):
        categories[r.source] |= g.categories(r.target)
    everybody = {person for person, each in categories.items() if each}
    members = everybody & g.segment.get(segment_id, set())
    rows = []
    for category in g.ids("Category"):
        all_ = {person for person in everybody if category in categories[person]}
        if all_ & members:
            share = len(all_ & members) / len(members)
            name = g.known("Category", category, "name")
            rows.append((category, name, len(all_ & members), share, share / (len(all_) / len(everybody))))
    return rows


def first_steps(g: Graph, now: int, days: float, **_: Any) -> Rows:
    steps: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for r in g.actions:
        steps[r.source].update((at, r.type) for at in r.times if at <= now)
    began: Counter[str] = Counter()
    waits: dict[str, list[float]] = defaultdict(list)
    for each in steps.values():
        if each and min(each)[0] > now - days * DAY_MS:
            at, action = min(each)
            began[action] += 1
            later = [t for t, _ in each if t // DAY_MS > at // DAY_MS]
            waits[action] += [(min(later) - at) / 3_600_000] if later else []
    return [
        (action, n, len(waits[action]), statistics.median(waits[action]) if waits[action] else None)
        for action, n in began.items()
    ]


# Communities


def community_sizes(g: Graph, **_: Any) -> Rows:
    rows = []
    for community, people in Counter(g.community.values()).items():
        ends = [(a, b) for a, c in g.community.items() if c == community for b in g.following[a]]
        inside = sum(g.community.get(b) == community for _, b in ends)
        rows.append((community, people, inside, len(ends) - inside, inside / len(ends) if ends else 0.0))
    return rows


def community_bridges(g: Graph, **_: Any) -> Rows:
    rows = []
    for person, own in g.community.items():
        others = [g.community[o] for o in g.following[person] if g.community.get(o, own) != own]
        if others:
            rows.append((person, own, len(set(others)), len(others)))
    return rows


def community_top_products(
    g: Graph, community: int, actions: list[str], min_stars: float, least: int, **_: Any
) -> Rows:
    members = {person for person, each in g.community.items() if each == community}
    share = len(members) / max(len(g.ids("User")), 1)
    return [
        (p, g.known("Product", p, "title"), len(people & members), len(people & members) / len(people) / share)
        for p, people in people_of(g.chosen(actions, min_stars)).items()
        if len(people & members) >= least
    ]


# Health


def _degrees(g: Graph) -> Counter[tuple[str, str]]:
    """Relationships of every kind by node: pairs taken back, what properties stand for and ties too."""
    found: Counter[tuple[str, str]] = Counter({(label, node) for label in NODES for node in g.ids(label)})
    found.subtract(found.copy())
    ends = [(r.key, r.source, r.target) for r in g.standing + g.ended if r.type != "INTERACTED"]
    made = {"INTERACTED", "IN_CATEGORY", "MADE_BY", "TAGGED", "SUBCATEGORY_OF"}
    ends += [(key, e[0], e[1]) for key, edges in g.plain.edges.items() if key[1] in made for e in edges.elements()]
    ends += [(("User", "IN_SEGMENT", "Segment"), person, s) for s, people in g.segment.items() for person in people]
    for key, source, target in ends:
        found[key[0], source] += 1
        found[key[2], target] += (key[0], source) != (key[2], target)
    for segment in g.segment:
        found["Segment", segment] += 0
    return found


def supernodes(g: Graph, **_: Any) -> Rows:
    return [(label, node, n) for (label, node), n in _degrees(g).items()]


def orphans(g: Graph, named: int, **_: Any) -> Rows:
    alone: dict[str, list[str]] = defaultdict(list)
    for (label, node), n in _degrees(g).items():
        if n == 0:
            alone[label].append(node)
    return [(label, len(ids), sorted(ids)[:named]) for label, ids in alone.items()]


def dangling(g: Graph, named: int, **_: Any) -> Rows:
    bare = {label: sorted(i for i in g.ids(label) if not g.plain.properties.get((label, i))) for label in NAMED}
    return [(label, len(ids), len(ids) / len(g.ids(label)), ids[:named]) for label, ids in bare.items() if ids]


def degree_distribution(g: Graph, **_: Any) -> Rows:
    done, had = Counter(r.source for r in g.actions), Counter(r.target for r in g.actions)
    users = sorted(g.ids("User"))
    degrees = {
        "follows": [len(g.following[u]) for u in users],
        "followers": [len(g.followers[u]) for u in users],
        "actions of people": [done[u] for u in users],
        "actions on products": [had[p] for p in g.ids("Product")],
    }
    counts = Counter(
        (measure, 1 << (n.bit_length() - 1) if n else 0) for measure, all_ in degrees.items() for n in all_
    )
    return [(*key, n) for key, n in counts.items()]


def duplicate_products(g: Graph, **_: Any) -> Rows:
    same: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for p in g.ids("Product"):
        title = g.known("Product", p, "title")
        if title and title.strip() and not g.is_ended("Product", p):
            same[title.strip().lower(), g.known("Product", p, "brand")].append(p)
    return [(*key, len(ids), sorted(ids)) for key, ids in same.items() if len(ids) > 1]


def freshness(g: Graph, now: int, days: float, **_: Any) -> Rows:
    by_type: dict[str, list[Told]] = defaultdict(list)
    for r in g.standing:
        if r.type not in WITHOUT_TIMES:
            by_type[r.type].append(r)
    return [
        (
            kind,
            len(rs),
            min((r.first for r in rs if r.first is not None), default=None),
            max((r.last for r in rs if r.last is not None), default=None),
            sum(r.last is not None and now - days * DAY_MS < r.last <= now for r in rs),
            sum(r.last is None for r in rs),
        )
        for kind, rs in by_type.items()
    ]
