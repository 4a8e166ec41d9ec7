"""Random checked events over few ids and few times, so that they meet often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from graph.schema import EVENTS

USERS = st.sampled_from(["ann", "bob", "cem", "d'É 🦊"])
PRODUCTS = st.sampled_from(["p1", "p2", 'p "3"'])
POSTS = st.sampled_from(["q1", "q2"])
TIMES = st.none() | st.integers(0, 4)
WORDS = st.sampled_from(["red", "blue", ""])
LABELS_AND_IDS = st.tuples(st.just("Product"), PRODUCTS) | st.tuples(st.just("Post"), POSTS)
CATEGORIES = st.lists(st.sampled_from(["c1", "c2", "c3"]), max_size=2, unique=True)
ATTRIBUTES = st.none() | st.dictionaries(st.sampled_from(["size", "colour"]), st.none() | st.integers(0, 2), max_size=2)

RELATED = st.none() | st.dictionaries(
    st.sampled_from(["shop", "shop:2", "inferred:kin"]),
    st.dictionaries(
        st.sampled_from(["made of", "https://schema.org/isSimilarTo"]),
        st.lists(st.sampled_from(["Entity:oak", "Entity:a:b", "Product:p2", "Category:c1"]), max_size=3),
        max_size=2,
    ),
    max_size=2,
)

ON_PRODUCT = ["viewed", "liked", "unliked", "carted", "uncarted", "bought"]
ON_PERSON = ["followed", "unfollowed", "blocked", "messaged"]


def _event(kind: st.SearchStrategy[str], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": kind, "at": TIMES, **fields})


def _pairs() -> st.SearchStrategy[dict[str, Any]]:
    people = st.tuples(USERS, USERS).filter(lambda pair: pair[0] != pair[1])
    kinds = st.sampled_from(ON_PERSON)
    return st.builds(
        lambda kind, at, pair: {"type": kind, "at": at, "user_id": pair[0], "other_id": pair[1]}, kinds, TIMES, people
    )


ACTIONS = st.one_of(
    _event(st.sampled_from(ON_PRODUCT), user_id=USERS, product_id=PRODUCTS),
    _event(st.just("rated"), user_id=USERS, product_id=PRODUCTS, value=st.integers(1, 5).map(float)),
    _event(st.just("reviewed"), user_id=USERS, product_id=PRODUCTS, value=st.none() | st.just(2.0), text=WORDS),
    _event(st.just("shared"), user_id=USERS, product_id=PRODUCTS, **{"with": st.lists(USERS, max_size=2)}),
    _event(st.just("shared"), user_id=USERS, post_id=POSTS),
    _pairs(),
    _event(st.just("posted"), user_id=USERS, post_id=POSTS, text=WORDS, product_ids=st.lists(PRODUCTS, max_size=2)),
    _event(st.sampled_from(["commented", "post_liked"]), user_id=USERS, post_id=POSTS),
    _event(st.just("searched"), user_id=USERS, text=WORDS),
)
DESCRIPTIONS = st.one_of(
    _event(
        st.just("product"),
        product_id=PRODUCTS,
        properties=st.fixed_dictionaries(
            {},
            optional={
                "title": st.none() | WORDS,
                "brand": st.sampled_from(["b1", "b2"]),
                "categories": st.none() | CATEGORIES,
                "price_minor": st.integers(0, 9),
                "available": st.booleans(),
                "attributes": ATTRIBUTES,
                "related": RELATED,
            },
        ),
    ),
    _event(
        st.just("entity"),
        entity_id=st.sampled_from(["oak", "a:b"]),
        properties=st.fixed_dictionaries({}, optional={"name": WORDS, "related": RELATED}),
    ),
    _event(
        st.just("predicate"),
        predicate_id=st.just("made of"),
        properties=st.fixed_dictionaries({}, optional={"transitive": st.booleans()}),
    ),
    _event(
        st.just("category"),
        category_id=st.sampled_from(["c1", "c2", "c3"]),
        properties=st.fixed_dictionaries({}, optional={"parent": CATEGORIES, "name": WORDS}),
    ),
    _event(
        st.just("user"),
        user_id=USERS,
        properties=st.fixed_dictionaries({}, optional={"city": st.none() | WORDS, "attributes": ATTRIBUTES}),
    ),
)
ENDINGS = st.one_of(
    st.builds(lambda at, node: {"type": "deleted", "at": at, "label": node[0], "id": node[1]}, TIMES, LABELS_AND_IDS),
    _event(st.just("erased"), user_id=USERS),
)


def _numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"event_id": f"e{number}", **event} for number, event in enumerate(events)]


def _set_of(*kinds: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.one_of(*kinds), max_size=14).map(_numbered)


ERASED = _event(st.just("erased"), user_id=USERS)
FEW_DESCRIPTIONS = st.one_of(
    _event(
        st.just("user"),
        user_id=st.just("ann"),
        properties=st.fixed_dictionaries({}, optional={"city": st.none() | WORDS, "attributes": ATTRIBUTES}),
    ),
    _event(st.just("product"), product_id=st.just("p1"), properties=st.fixed_dictionaries({"attributes": ATTRIBUTES})),
)
ON_POSTS = st.one_of(
    _event(st.just("posted"), user_id=USERS, post_id=POSTS),
    _event(st.sampled_from(["commented", "post_liked"]), user_id=USERS, post_id=POSTS),
    _event(st.just("shared"), user_id=USERS, post_id=POSTS, **{"with": st.lists(USERS, max_size=2)}),
)
EVENT_SETS = st.one_of(
    _set_of(ACTIONS, ACTIONS, DESCRIPTIONS, ENDINGS),
    _set_of(FEW_DESCRIPTIONS),
    _set_of(FEW_DESCRIPTIONS, _event(st.just("erased"), user_id=st.just("ann"))),
    _set_of(ON_POSTS),
    _set_of(ON_POSTS, ERASED),
)
"""Sets of events, each with an id of its own: of all kinds, and of a few that say much about the same things."""

assert all(kind in EVENTS for kind in (*ON_PRODUCT, *ON_PERSON))
