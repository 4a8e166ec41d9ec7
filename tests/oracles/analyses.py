"""Oracle: what the queries of ``cypher/analyse`` on people and products ask, slow and by external ids.

One function a query, by its name. Each takes the graph and the query's parameters, and gives all rows in any order,
as if ``limit`` were endless.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations, product
from typing import Any

from tests.oracles.told import Graph, Told

DAY_MS = 86_400_000
Rows = list[tuple[Any, ...]]


def people_of(rels: Iterable[Told]) -> dict[str, set[str]]:
    """Who, by product."""
    found: dict[str, set[str]] = defaultdict(set)
    for r in rels:
        found[r.target].add(r.source)
    return found


def products_of(rels: Iterable[Told]) -> dict[str, set[str]]:
    """What, by person."""
    found: dict[str, set[str]] = defaultdict(set)
    for r in rels:
        found[r.source].add(r.target)
    return found


# Explanations


def path_holds(
    graph: Graph,
    from_labels: list[str],
    from_ids: list[str],
    types: list[str],
    to_labels: list[str],
    to_ids: list[str],
    predicates: list[str],
) -> Rows:
    def there(place: int) -> bool:
        edges = graph.plain.edges.get((from_labels[place], types[place], to_labels[place]), ())
        said = predicates[place]
        ends = (from_ids[place], to_ids[place])
        return any(edge[:2] == ends and (not said or edge[3][0] == said) for edge in edges)

    count = sum(map(there, range(len(types))))
    return [(count == len(types), count)] if types else []


# Feed and social


def friends_purchases(g: Graph, user_id: str, actions: list[str], min_stars: float, **_: Any) -> Rows:
    own = {r.target for r in g.actions if r.source == user_id}
    found: dict[str, list[Told]] = defaultdict(list)
    for r in g.chosen(actions, min_stars):
        if r.source in g.following[user_id] and r.target not in own and not g.is_ended("Product", r.target):
            found[r.target].append(r)
    return [
        (
            p,
            g.known("Product", p, "title"),
            len({r.source for r in rs}),
            max(-1 if r.last is None else r.last for r in rs),
        )
        for p, rs in found.items()
    ]


def _strangers(g: Graph, user_id: str) -> dict[str, set[str]]:
    """Whom friends follow and one may meet, with those friends."""
    shunned = {(r.source, r.target) for r in g.standing if r.type in ("BLOCKED", "MUTED")}
    blocked = {(r.source, r.target) for r in g.standing if r.type == "BLOCKED"}
    found: dict[str, set[str]] = defaultdict(set)
    for friend in g.following[user_id]:
        for other in g.following[friend] - g.following[user_id] - {user_id}:
            shut = (user_id, other) in shunned or (other, user_id) in blocked
            private = g.known("User", other, "visibility") == "private"
            if not shut and not private and not g.is_ended("User", other):
                found[other].add(friend)
    return found


def friends_of_friends(g: Graph, user_id: str, **_: Any) -> Rows:
    return [(o, g.known("User", o, "display_name"), len(friends)) for o, friends in _strangers(g, user_id).items()]


def people_to_follow(g: Graph, user_id: str, **_: Any) -> Rows:
    did = products_of(g.actions)
    return [
        (
            other,
            g.known("User", other, "display_name"),
            math.fsum(1 / math.sqrt(len(g.following[friend])) for friend in friends),
            len(friends),
            len(did[user_id] & did[other]),
        )
        for other, friends in _strangers(g, user_id).items()
    ]


def co_purchase(g: Graph, product_id: str, actions: list[str], min_stars: float, **_: Any) -> Rows:
    chose = people_of(g.chosen(actions, min_stars))
    these, everybody = chose[product_id], len(g.ids("User"))
    return [
        (
            other,
            g.known("Product", other, "title"),
            len(these & those),
            len(these & those) / len(these),
            (len(these & those) / len(these)) / (len(those) / everybody),
        )
        for other, those in chose.items()
        if other != product_id and these & those and not g.is_ended("Product", other)
    ]


def social_proof(g: Graph, user_id: str, product_id: str, named: int, **_: Any) -> Rows:
    found: dict[str, set[str]] = defaultdict(set)
    for r in g.actions:
        if r.target == product_id and r.source in g.following[user_id]:
            found[r.type].add(r.source)
    return [(action, len(people), sorted(people)[:named]) for action, people in found.items()]


def why_product(
    g: Graph, user_id: str, product_id: str, actions: list[str], min_stars: float, newest: int, per_pattern: int
) -> Rows:
    chosen = g.chosen(actions, min_stars)
    mine = {(r.type, r.target) for r in chosen if r.source == user_id and r.target != product_id}
    theirs = [r for r in chosen if r.target == product_id and r.source != user_id]
    theirs.sort(key=lambda r: (1 if r.last is None else -r.last, r.source))
    goal = g.knowledge(product_id)
    found: dict[str, set[tuple[tuple[str, ...], tuple[str, ...]]]] = defaultdict(set)
    for r in theirs:
        if r.source in g.following[user_id]:
            found["friend"].add(((user_id, r.source, product_id), ("FOLLOWS", r.type)))
    for r in theirs[:newest]:
        for friend in g.following[user_id] & g.followers[r.source]:
            ids = (user_id, friend, r.source, product_id)
            found["friend of a friend"].add((ids, ("FOLLOWS", "FOLLOWS", r.type)))
        for own, by in product(mine, chosen):
            if by.source == r.source and by.target == own[1]:
                ids = (user_id, own[1], r.source, product_id)
                found["same taste"].add((ids, (own[0], by.type, r.type)))
    step = {"Category": "IN_CATEGORY", "Brand": "MADE_BY", "Tag": "TAGGED"}
    for kind, each in mine:
        for label, shared in g.knowledge(each) & goal:
            ids = (user_id, each, shared, product_id)
            found["shared knowledge"].add((ids, (kind, step[label], step[label])))
        for category in g.categories(each):
            for parent in set(g.known("Category", category, "parent") or ()) & g.categories(product_id):
                ids = (user_id, each, category, parent, product_id)
                types = (kind, "IN_CATEGORY", "SUBCATEGORY_OF", "IN_CATEGORY")
                found["wider category"].add((ids, types))
    return [
        (pattern, len(types), list(ids), list(types))
        for pattern, paths in found.items()
        for ids, types in sorted(paths)[:per_pattern]
    ]


# Influence


def _below(g: Graph, category_id: str) -> set[str]:
    """A category and all that is a part of it."""
    found, more = set(), {category_id}
    while more:
        found |= more
        more = {c for c in g.ids("Category") if set(g.known("Category", c, "parent") or ()) & more} - found
    return found


def _products_in(g: Graph, category_id: str) -> set[str]:
    inside = _below(g, category_id)
    return {p for p in g.ids("Product") if g.categories(p) & inside}


def reach_in_category(g: Graph, user_id: str, category_id: str, actions: list[str], min_stars: float, **_: Any) -> Rows:
    if category_id not in g.ids("Category"):
        return []
    inside = _products_in(g, category_id)
    active = {r.source for r in g.chosen(actions, min_stars) if r.target in inside}
    seen, ring, rows = {user_id}, {user_id}, []
    for hops in (1, 2, 3):
        ring = {f for person in ring for f in g.followers[person]} - seen
        seen |= ring
        if ring:
            rows.append((hops, len(ring), len(ring & active)))
    return rows


def _first_times(rels: Iterable[Told]) -> dict[tuple[str, str], int]:
    """When each person first chose each product, where that is known."""
    found: dict[tuple[str, str], int] = {}
    for r in rels:
        if r.first is not None:
            found[r.source, r.target] = min(r.first, found.get((r.source, r.target), r.first))
    return found


def conversions_after(g: Graph, user_id: str, actions: list[str], min_stars: float, days: float, **_: Any) -> Rows:
    first = _first_times(g.chosen(actions, min_stars))
    followers = g.followers[user_id]
    rows = []
    for (person, item), at in first.items():
        if person == user_id:
            moved = [f for f in followers if at < first.get((f, item), -1) <= at + days * DAY_MS]
            if moved:
                rows.append((item, g.known("Product", item, "title"), at, len(moved), len(moved) / len(followers)))
    return rows


def first_movers(g: Graph, category_id: str, actions: list[str], min_stars: float, days: float, **_: Any) -> Rows:
    inside = _products_in(g, category_id) if category_id in g.ids("Category") else set()
    first = {pair: at for pair, at in _first_times(g.chosen(actions, min_stars)).items() if pair[1] in inside}
    moved: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for (leader, item), at in first.items():
        moved[leader] |= {(f, item) for f in g.followers[leader] if at < first.get((f, item), -1) <= at + days * DAY_MS}
    return [
        (leader, len(pairs), len({f for f, _ in pairs}), len({item for _, item in pairs}))
        for leader, pairs in moved.items()
        if pairs
    ]


def audience_overlap(g: Graph, user_id: str, other_id: str, **_: Any) -> Rows:
    if not {user_id, other_id} <= g.ids("User"):
        return []
    one, other = g.followers[user_id], g.followers[other_id]
    return [(len(one), len(other), len(one & other), len(one & other) / len(one | other) if one | other else 0.0)]


def engagement_rate(g: Graph, user_id: str, now: int, days: float, **_: Any) -> Rows:
    if user_id not in g.ids("User"):
        return []
    posts = {r.target for r in g.standing if r.type == "POSTED" and r.source == user_id}
    done = [
        r.source
        for r in g.standing
        if r.key in (("User", "LIKED", "Post"), ("User", "COMMENTED", "Post"), ("User", "SHARED", "Post"))
        and r.target in posts and r.source != user_id and r.last is not None and now - days * DAY_MS < r.last <= now
    ]  # fmt: skip
    followers = len(g.followers[user_id])
    return [(followers, len(posts), len(done), len(set(done)), len(done) / followers if followers else 0.0)]


def follower_growth(g: Graph, user_id: str, days: float, **_: Any) -> Rows:
    length = days * DAY_MS
    gained: Counter[int | None] = Counter()
    for (_follower, followed), at in ((pair, at) for pair, at in g.since.items() if pair[1] == user_id):
        assert followed == user_id
        gained[None if at is None else int(math.floor(at / length) * length)] += 1
    rows, total = [], 0
    for start in sorted(gained, key=lambda each: -1 if each is None else each):
        total += gained[start]
        rows.append((start, gained[start], total))
    return rows


def reciprocity(g: Graph, user_id: str, **_: Any) -> Rows:
    if user_id not in g.ids("User"):
        return []
    mutual, following = len(g.followers[user_id] & g.following[user_id]), len(g.following[user_id])
    return [(len(g.followers[user_id]), following, mutual, mutual / following if following else 0.0)]


def suspicious_followers(g: Graph, user_id: str, burst: int, many: int, **_: Any) -> Rows:
    hour = {f: g.since[f, user_id] for f in g.followers[user_id]}
    together = Counter(at // 3_600_000 for at in hour.values() if at is not None)
    active = {r.source for r in g.actions}
    rows = []
    for follower, at in hour.items():
        signs = {
            "did nothing": follower not in active,
            "nobody follows them": not g.followers[follower],
            "follows many": len(g.following[follower]) > many,
            "came with many at once": at is not None and together[at // 3_600_000] >= burst,
        }
        if any(signs.values()):
            rows.append((follower, [sign for sign, shown in signs.items() if shown], sum(signs.values())))
    return rows


# Products


def rising_products(g: Graph, now: int, actions: list[str], min_stars: float, days: float, **_: Any) -> Rows:
    recent: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for r in g.counted(actions, min_stars):
        if r.last is not None and r.last <= now and not g.is_ended("Product", r.target):
            recent[r.target] += r.last > now - days * DAY_MS
            before[r.target] += now - 2 * days * DAY_MS < r.last <= now - days * DAY_MS
    return [
        (p, g.known("Product", p, "title"), n, before[p], (n + 1) / (before[p] + 1)) for p, n in recent.items() if n
    ]


def _baskets(g: Graph, actions: list[str], min_stars: float) -> dict[tuple[str, str], set[str]]:
    """Products by person and order, or by person and day where there is no order."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for r in g.counted(actions, min_stars):
        order = r.event.get("order_id")
        if order is not None or r.last is not None:
            found[r.source, f"order {order}" if order is not None else f"day {r.last // DAY_MS}"].add(r.target)
    return found


def basket_pairs(g: Graph, actions: list[str], min_stars: float, min_support: float, largest: int, **_: Any) -> Rows:
    baskets = [items for items in _baskets(g, actions, min_stars).values() if len(items) <= largest]
    held = Counter(item for items in baskets for item in items)
    both = Counter(pair for items in baskets for pair in combinations(sorted(items), 2))
    n = len(baskets)
    return [
        (one, other, count, count / n, count / held[one], (count / n) / (held[one] / n * held[other] / n))
        for (one, other), count in both.items()
        if count >= min_support * n
    ]


def bundles(g: Graph, product_id: str, actions: list[str], min_stars: float, min_baskets: int, **_: Any) -> Rows:
    baskets = [items for items in _baskets(g, actions, min_stars).values() if product_id in items]
    both = Counter(item for items in baskets for item in items if item != product_id)
    rows = []
    for other, count in both.items():
        if count >= min_baskets and not g.is_ended("Product", other):
            prices = [g.known("Product", p, "price_minor") for p in (product_id, other)]
            money = {g.known("Product", p, "currency") for p in (product_id, other)}
            price = sum(prices) if len(money) == 1 and None not in money and None not in prices else None
            rows.append((other, g.known("Product", other, "title"), count, count / len(baskets), price))
    return rows


def category_migration(g: Graph, now: int, actions: list[str], min_stars: float, days: float, **_: Any) -> Rows:
    was: dict[str, set[str]] = defaultdict(set)
    present: dict[str, set[str]] = defaultdict(set)
    for r in g.counted(actions, min_stars):
        if r.last is not None and now - 2 * days * DAY_MS < r.last <= now:
            (present if r.last > now - days * DAY_MS else was)[r.source] |= g.categories(r.target)
    moves = Counter(
        move for person in was for move in product(was[person] - present[person], present[person] - was[person])
    )
    return [(*move, people) for move, people in moves.items()]


def brand_loyalty(g: Graph, actions: list[str], min_stars: float, min_buyers: int, **_: Any) -> Rows:
    chosen = g.chosen(actions, min_stars)
    all_of = Counter(r.source for r in chosen)
    times: dict[str, Counter[str]] = defaultdict(Counter)
    for r in chosen:
        for _label, brand in g.knowledge(r.target, "brand"):
            times[brand][r.source] += 1
    return [
        (
            brand,
            g.known("Brand", brand, "name"),
            len(buyers),
            sum(n > 1 for n in buyers.values()),
            sum(n > 1 for n in buyers.values()) / len(buyers),
            statistics.fmean(n / all_of[person] for person, n in buyers.items()),
        )
        for brand, buyers in times.items()
        if len(buyers) >= min_buyers
    ]


def price_bands(g: Graph, currency: str, width_minor: int, actions: list[str], min_stars: float, **_: Any) -> Rows:
    counted = g.counted(actions, min_stars)
    bands: dict[int, set[str]] = defaultdict(set)
    for p in g.ids("Product"):
        price = g.known("Product", p, "price_minor")
        if g.known("Product", p, "currency") == currency and price is not None:
            bands[price // width_minor * width_minor].add(p)
    rows = []
    for start, items in bands.items():
        done = [r for r in counted if r.target in items]
        rows.append((start, len(items), len(done), len({r.source for r in done})))
    return rows


def cold_products(g: Graph, actions: list[str], min_stars: float, most: int, warm: int, limit: int) -> Rows:
    done = Counter(r.target for r in g.counted(actions, min_stars))
    alive = [p for p in g.shelf if not g.is_ended("Product", p)]
    rows: Rows = []
    for p in reversed(alive):
        near = [
            (-len(g.knowledge(p) & g.knowledge(other)), -done[other], other)
            for other in alive
            if other != p and done[other] >= warm and g.knowledge(p) & g.knowledge(other)
        ]
        if done[p] <= most and near and len(rows) < limit:  # the newest products first
            shared, count, other = min(near)
            rows.append((p, g.known("Product", p, "title"), done[p], other, -shared, -count))
    return rows
