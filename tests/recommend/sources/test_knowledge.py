"""Sources through knowledge, against the same said slowly over random small graphs."""

from collections import defaultdict
from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest

from graph.snapshot.actions import Actions, codes_of
from recommend.pipeline import Recommender
from recommend.prepared import Prepared
from recommend.questions import products_for, products_like
from recommend.sources.knowledge import CONCEPTS, KNOWN, PARENT, ConceptMatch, PathCount
from tests.graph.snapshot.small import small_view

NOW = 20_000 * 1440
SEEN = codes_of(("bought",))


@pytest.fixture
def shop(tmp_path):
    """Ana bought a boot; a sandal is of another kind of shoe; the new lace goes with the boot; nobody has the new ones.

    ::

        shoes ← boots: boot, new boot      shoes ← sandals: sandal      acme: boot, hat      Ana – boot ← lace
    """
    return small_view(
        tmp_path,
        users=["ana", "bo"],
        products=["boot", "sandal", "hat", "cup", "lace", "new boot"],
        bought=[("ana", "boot", NOW), ("bo", "cup", NOW)],
        properties={
            "Product": {
                "boot": {"categories": ["boots"], "brand": "acme", "tags": ["red"]},
                "sandal": {"categories": ["sandals"]},
                "hat": {"categories": ["hats"], "brand": "acme"},
                "cup": {"categories": ["cups"], "tags": ["red"]},
                "lace": {"related": {"shop": {"goes_with": ["Product:boot"]}}},
                "new boot": {"categories": ["boots"]},
            },
            "Category": {"boots": {"parent": ["shoes"]}, "sandals": {"parent": ["shoes"]}},
        },
    )


def asked(view, user="ana"):
    prepared = Prepared(view, Actions.of(), {})
    return products_for(prepared, view.row_of("User", user), SEEN, 0)


def found(view, source, query, limit=100):
    offers = source.candidates(view, query, limit)
    return dict(zip(view.ids_of("Product", offers.rows), offers.scores.tolist(), strict=True))


def test_a_product_that_nobody_has_is_found_by_its_category_alone(shop):
    assert found(shop, ConceptMatch(brand=0.0, tag=0.0, levels=0), asked(shop)).keys() == {"new boot"}


def test_interest_climbs_the_tree_and_comes_down_halved_at_each_step(shop):
    scores = found(shop, ConceptMatch(brand=0.0, tag=0.0, popularity=0.0), asked(shop))
    assert scores.keys() == {"new boot", "sandal"}
    boots = log(1 + 6 / 2) * (1 + 0.5 * 0.5)
    assert scores["new boot"] / scores["sandal"] == pytest.approx(boots / (log(1 + 6 / 1) * 0.25), rel=1e-5)


def test_shared_brands_and_tags_add_up_and_each_can_be_left_out(shop):
    assert found(shop, ConceptMatch(category=0.0), asked(shop)).keys() == {"hat", "cup"}
    assert found(shop, ConceptMatch(category=0.0, tag=0.0), asked(shop)).keys() == {"hat"}


def test_the_cause_is_the_own_product_that_leads_there(shop):
    offers = ConceptMatch().candidates(shop, asked(shop), 10)
    assert set(shop.ids_of("Product", offers.because)) == {"boot"}


def test_paths_run_through_facts_in_both_directions(shop):
    nothing = dict.fromkeys(("category", "brand", "tag", "entity", "people"), 0.0)
    assert found(shop, PathCount(**nothing, onward=0.0), asked(shop)).keys() == {"lace"}
    assert not found(shop, PathCount(**nothing, back=0.0), asked(shop))
    page = products_like(Prepared(shop, Actions.of(), {}), shop.row_of("Product", "lace"), 0)
    assert found(shop, PathCount(**nothing, back=0.0), page).keys() == {"boot"}


def test_a_full_category_does_not_hide_what_is_new(tmp_path):
    many = [f"p{n}" for n in range(50)]
    view = small_view(
        tmp_path,
        users=["ana"],
        products=[*many, "new"],
        bought=[("ana", "p0", NOW)],
        categories={each: ["shoes"] for each in [*many, "new"]},
    )
    for source in (ConceptMatch(fan_out=3), PathCount(fan_out=3)):
        assert found(view, source, asked(view)).keys() == {"new", "p49", "p48"}


def test_a_cold_product_reaches_the_feed_with_a_reason(shop):
    items = {item["id"]: item for item in Recommender(shop, {}).feed("ana")["items"]}
    assert "concept_match" in items["new boot"]["sources"]
    assert items["new boot"]["reasons"][0]["type"] == "category"
    assert "path_count" in items["lace"]["sources"]


def test_nothing_is_offered_to_somebody_without_a_history(shop):
    for source in (ConceptMatch(), PathCount()):
        assert not len(source.candidates(shop, asked(shop, "nobody"), 10).rows)


def test_blocked_and_private_people_lead_nowhere(tmp_path):
    view = small_view(
        tmp_path,
        users=["ana", "bo", "cy", "dee"],
        bought=[(who, each, NOW) for who in ("ana", "bo", "cy", "dee") for each in ("cup", f"{who}'s")],
        edges={("User", "BLOCKED", "User"): [("ana", "bo", 5)]},
        properties={"User": {"cy": {"visibility": "private"}}},
    )
    assert found(view, PathCount(), asked(view)).keys() == {"dee's"}


def random_shop(rng, tmp_path):
    """Twelve products of nested categories, brands, tags, entities and facts, six people."""
    products = {f"p{n}": {} for n in range(12)}
    for given in products.values():
        given["categories"] = [f"c{n}" for n in np.flatnonzero(rng.random(6) < 0.3)]
        given["tags"] = [f"t{n}" for n in np.flatnonzero(rng.random(4) < 0.3)]
        if rng.random() < 0.6:
            given["brand"] = f"b{rng.integers(3)}"
        facts = [f"Entity:e{n}" for n in np.flatnonzero(rng.random(3) < 0.3)]
        facts += [f"Product:p{n}" for n in np.flatnonzero(rng.random(12) < 0.1)]
        given["related"] = {"shop": {"of": facts}} if facts else {}
    parents = {f"c{n}": {"parent": [f"c{m}" for m in range(n) if rng.random() < 0.4]} for n in range(6)}
    bought = [(f"u{rng.integers(6)}", f"p{rng.integers(12)}", int(NOW - rng.integers(9) * 1440)) for _ in range(30)]
    return small_view(
        tmp_path, products=list(products), bought=bought, properties={"Product": products, "Category": parents}
    )


def lists(csr):
    return [csr.neighbours(row).tolist() for row in range(csr.node_count)]


def concept_match_slowly(view, query, source):
    """Oracle: dictionaries, one path of the tree at a time."""
    total = defaultdict(float)
    for name, key in CONCEPTS:
        sides, interest = view.edges(*key), defaultdict(float)
        for anchor, worth in zip(query.anchors.tolist(), query.anchor_scores.tolist(), strict=True):
            for concept in set(sides.out.neighbours(anchor).tolist()) if anchor < sides.out.node_count else ():
                interest[concept] += worth
        if name == "category":
            for tree in (lists(view.edges(*PARENT).out), lists(view.edges(*PARENT).into)):
                step, spread = dict(interest), defaultdict(float, interest)
                for _ in range(source.levels):
                    further = defaultdict(float)
                    for concept, worth in step.items():
                        for other in tree[concept] if concept < len(tree) else ():
                            further[other] += source.lift * worth
                    for concept, worth in further.items():
                        spread[concept] += worth
                    step = further
                interest = spread
        for concept, worth in interest.items():
            members = sides.into.neighbours(concept).tolist() if concept < sides.into.node_count else []
            for product in set(members):
                total[product] += worth * log(1 + view.count("Product") / len(members)) * getattr(source, name)
    popularity = query.prepared.popular.scores
    return {row: score * (1 + log(1 + popularity[row])) for row, score in total.items() if row not in query.known}


def path_count_slowly(view, query, source):
    """Oracle: every path by itself, through sets."""
    total = defaultdict(float)
    own = list(zip(query.anchors.tolist(), query.anchor_scores.tolist(), strict=True))
    for product, worth in (*concept_paths(view, own, source), *fact_paths(view, own, source)):
        total[product] += worth
    reach = defaultdict(float)
    for anchor, worth in own:
        for person, faded in strongest(view.actions.into, anchor, query).items():
            reach[person] += worth * faded * (person != query.user_row)
    for person, worth in reach.items():
        for product, faded in strongest(view.actions.out, person, query).items():
            total[product] += source.people * worth * faded / sqrt(view.actions.out.degree(person))
    return {row: score for row, score in total.items() if row not in query.known}


def concept_paths(view, own, source):
    for name, key in CONCEPTS:
        sides = view.edges(*key)
        for anchor, worth in own if sides.out.edge_count else ():
            for concept in set(sides.out.neighbours(anchor).tolist()):
                members = sides.into.neighbours(concept).tolist()
                for product in set(members):
                    yield product, getattr(source, name) * worth / sqrt(len(members))


def fact_paths(view, own, source):
    facts = view.edges(*KNOWN)
    for weight, csr in ((source.onward, facts.out), (source.back, facts.into)):
        for anchor, worth in own if csr.edge_count else ():
            for product in set(csr.neighbours(anchor).tolist()):
                yield product, weight * worth / sqrt(csr.degree(anchor))


def strongest(csr, row, query):
    """What each neighbour's strongest purchase is worth, faded by its age."""
    actions, found = query.actions, defaultdict(float)
    for other, stamp in zip(csr.neighbours(row).tolist(), csr.stamps_of(row).tolist(), strict=True):
        age = query.now_minutes - (stamp >> 6)
        faded = float(actions.weights[stamp & 63]) * 0.5 ** (age / float(actions.half_life_minutes[stamp & 63]))
        found[other] = max(found[other], faded)
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("source", "slowly"),
    [(ConceptMatch(tag=0.7, lift=0.3), concept_match_slowly), (PathCount(tag=0.2, back=3.0), path_count_slowly)],
    ids=["concept_match", "path_count"],
)
def test_agrees_with_the_same_said_slowly(tmp_path, seed, source, slowly):
    view = random_shop(np.random.default_rng(seed), tmp_path)
    prepared = Prepared(view, Actions.of(), {})
    for user in range(view.count("User")):
        for query in (products_for(prepared, user, SEEN, 0), products_like(prepared, user, 0)):
            offers = source.candidates(view, query, 100)
            expected = {row: score for row, score in slowly(view, query, source).items() if score > 0}
            assert dict(zip(offers.rows.tolist(), offers.scores, strict=True)) == pytest.approx(expected, rel=1e-4)


def test_only_the_best_concepts_are_looked_into(tmp_path):
    view = random_shop(np.random.default_rng(1), tmp_path)
    query = asked(view, "u1")
    few, all_ = (found(view, replace(ConceptMatch(), concepts=count), query) for count in (1, 20))
    assert few.keys() < all_.keys()
