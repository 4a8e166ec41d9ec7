"""Filters, against the same said slowly over every product, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommend.errors import InvalidFilter
from recommend.filters import Columns, FilterContext, mask_of, read_filter
from tests.graph.snapshot.small import small_view

DAY = 1440
NOW = 20_000 * DAY
DAY_MS = 86_400_000
PARENTS = {"boots": "shoes", "shoes": "fashion", "cups": None, "fashion": None}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Four products, Ana who bought one long ago and viewed another lately."""
    return small_view(
        tmp_path_factory.mktemp("shop"),
        users=["ana", "bo"],
        products=["boot", "sandal", "cup", "mystery"],
        bought=[("ana", "boot", NOW - 100 * DAY)],
        viewed=[("ana", "cup", NOW - 2 * DAY)],
        properties={
            "User": {"ana": {"country": "DE", "city": "Isola", "birth_year": 1990}},
            "Product": {
                "boot": {
                    "title": "Boot",
                    "categories": ["boots"],
                    "brand": "acme",
                    "tags": ["red", "warm"],
                    "price_minor": 9000,
                    "created_at": (NOW - 10 * DAY) * 60_000,
                    "available": True,
                    "attributes": {"colour": ["red", "black"], "size": 42, "vegan": False, "origin": "DE"},
                },
                "sandal": {
                    "title": "Sandal",
                    "categories": ["shoes", "cups"],
                    "brand": "acme",
                    "price_minor": 3000,
                    "created_at": (NOW - 90 * DAY) * 60_000,
                    "available": {"DE": True, "FR": False},
                    "attributes": {"colour": "red", "size": 38, "was": 5000},
                },
                "cup": {"title": "Cup", "categories": ["cups"], "brand": "home", "tags": ["gift"], "price_minor": 500},
                "mystery": {"attributes": {"was": "much"}},
            },
            "Category": {each: {"parent": [parent]} if parent else {} for each, parent in PARENTS.items()},
        },
    )


def passing(view, text, user="ana", page=None):
    row = -1 if user is None else view.row_of("User", user)
    current = -1 if page is None else view.row_of("Product", page)
    mask = mask_of(read_filter(text), FilterContext(Columns(view), NOW, row, current))
    assert mask.dtype == np.bool_
    assert mask.shape == (view.count("Product"),)
    return " ".join(view.ids_of("Product", np.flatnonzero(mask).astype(np.int32)))


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("price_minor <= 5000", "sandal cup"),
        ("5000 >= price_minor", "sandal cup"),
        ("price_minor = null", "mystery"),
        ("price_minor != 500", "boot sandal mystery"),
        ("price_minor in (500, 9000)", "boot cup"),
        ("price_minor not in (500, 9000)", "sandal mystery"),
        ("price_minor < attributes.was", "sandal"),
        ("price_minor < 2000 + 1500", "sandal cup"),
        ('category in ("shoes"/*)', "boot sandal"),
        ('category in ("shoes")', "sandal"),
        ('category = "fashion"/*', "boot sandal"),
        ('category in ("boots", "cups")', "boot sandal cup"),
        ('category in ("nowhere"/*)', ""),
        ("categories = null", "mystery"),
        ('tags in ("red", "gift")', "boot cup"),
        ('not tag = "red"', "sandal cup mystery"),
        ('brand = "acme"', "boot sandal"),
        ('title = "Cup"', "cup"),
        ('id in ("cup", "boot", "none")', "boot cup"),
        ('attributes.colour = "red"', "boot sandal"),
        ('attributes.colour in ("black")', "boot"),
        ("attributes.size >= 40", "boot"),
        ("attributes.vegan = false", "boot"),
        ("attributes.colour = null", "cup mystery"),
        ("available", "boot sandal"),
        ("available.DE", "boot sandal"),
        ("available.FR = true", "boot"),
        ("available = null", "cup mystery"),
        ("created_at > now() - 30d", "boot"),
        ("created_at > now() - 100d and created_at < now() - 4w", "sandal"),
        ('created_at < "2024-09-01T00:00:00+02:00"', "sandal"),
        ('event("bought")', "boot"),
        ('event("bought", 30)', ""),
        ('event("viewed", 2)', "cup"),
        ('not event("bought") and not event("viewed")', "sandal mystery"),
        ('user.country = "DE"', "boot sandal cup mystery"),
        ('user.country = "FR" or title = "Cup"', "cup"),
        ("attributes.origin = user.country", "boot"),
        ("user.birth_year < 2000", "boot sandal cup mystery"),
        ("user.occupation = null", "boot sandal cup mystery"),
        ('price_minor < 1000 or tag = "red" and price_minor > 1000', "boot cup"),
        ('(price_minor < 1000 or tag = "red") and price_minor > 1000', "boot"),
        ("NOT AVAILABLE = FALSE".replace("AVAILABLE", "available"), "boot sandal cup mystery"),
    ],
)
def test_a_filter_lets_through_what_it_says(shop, text, products):
    assert passing(shop, text) == products


def test_current_is_the_product_of_the_page(shop):
    assert passing(shop, "brand = current.brand", page="boot") == "boot sandal"
    assert passing(shop, "categories in (current.categories)", page="sandal") == "sandal cup"
    assert passing(shop, "price_minor < current.price_minor", page="boot") == "sandal cup"
    assert passing(shop, "id != current.id", page="boot") == "sandal cup mystery"


def test_without_a_page_or_a_person_there_is_nothing_to_compare_with(shop):
    assert passing(shop, "brand = current.brand") == "mystery", "what has no brand either"
    assert passing(shop, 'event("bought")', user=None) == ""
    assert passing(shop, 'user.country = "DE"', user=None) == ""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "cannot be read"),
        ("price_minor <", "cannot be read"),
        ("price_minor < 5 5", "cannot be read"),
        ("colour = 1", "'colour'"),
        ("user.price_minor = 1", "'price_minor'"),
        ("attributes = 1", "'attributes'"),
        ('event("danced")', "'danced'"),
        ("title", "title alone"),
        ("title > 3", "no order"),
        ("title = 3", '"3"'),
        ('price_minor = "cheap"', "holds numbers"),
        ('created_at > "yesterday"', "is a time"),
        ('created_at > "2024-01-01T00:00:00"', "no zone"),
        ("created_at > 30d", "added to now()"),
        ('price_minor < "a"/*', "subtree"),
        ('tag = "red"/*', "subtree"),
        ("price_minor < 3 + 30d", "can be added"),
        ('user.city > "A"', "no order"),
        ('title = "\\x"', "JSON"),
        ("not " * 5000 + "available", "10,000"),
        ("not " * 2400 + "available", "nested too deeply"),
    ],
)
def test_what_is_no_filter_is_refused_with_the_place(shop, text, word):
    with pytest.raises(InvalidFilter, match=r"^filter.*docs/reference/filters\.md") as told:
        passing(shop, text)
    assert word in str(told.value)


def test_the_error_names_line_and_column():
    with pytest.raises(InvalidFilter) as told:
        read_filter("price_minor < 5\nand colour = 1")
    assert (told.value.line, told.value.column) == (2, 5)


NAMES = {
    "price_minor": st.integers(0, 5),
    "created_at": st.integers(0, 5),
    "brand": st.sampled_from("ab"),
    "tags": st.lists(st.sampled_from("xyz"), max_size=2, unique=True),
    "attributes": st.fixed_dictionaries({}, optional={"n": st.integers(0, 3), "t": st.sampled_from("pq")}),
}
CONDITIONS = st.one_of(
    st.tuples(
        st.sampled_from(["price_minor", "created_at", "attributes.n"]),
        st.sampled_from(["<", "<=", ">", ">=", "=", "!="]),
        st.integers(0, 5).map(str),
    ),
    st.tuples(
        st.sampled_from(["brand", "attributes.t"]), st.sampled_from(["=", "!="]), st.sampled_from(['"a"', '"p"'])
    ),
    st.tuples(st.just("tags"), st.sampled_from(["=", "!="]), st.sampled_from(['"x"', '"y"', "null"])),
)
TREES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=6,
)


def written(tree) -> str:
    if tree[0] == "not":
        return f"not ({written(tree[1])})"
    if tree[0] in ("and", "or"):
        return f"({written(tree[1])}) {tree[0]} ({written(tree[2])})"
    return " ".join(tree)


def holds(tree, product) -> bool:
    """The same, said slowly of one product."""
    if tree[0] == "not":
        return not holds(tree[1], product)
    if tree[0] == "and":
        return holds(tree[1], product) and holds(tree[2], product)
    if tree[0] == "or":
        return holds(tree[1], product) or holds(tree[2], product)
    name, operator, right = tree
    outer, _, inner = name.partition(".")
    value = product.get(outer, {}).get(inner) if inner else product.get(outer)
    value = None if value == [] else value
    wanted = None if right == "null" else right.strip('"') if right.startswith('"') else int(right)
    equal = wanted in value if isinstance(value, list) else value == wanted
    if operator in ("=", "!="):
        return equal == (operator == "=")
    return (
        value is not None
        and {
            "<": value < wanted,
            "<=": value <= wanted,
            ">": value > wanted,
            ">=": value >= wanted,
        }[operator]
    )


@settings(max_examples=150, deadline=None)
@given(
    products=st.lists(st.fixed_dictionaries({}, optional=NAMES), min_size=1, max_size=6),
    trees=st.lists(TREES, min_size=3, max_size=8),
)
def test_random_filters_let_through_what_the_slow_reading_does(tmp_path_factory, products, trees):
    ids = [f"p{place}" for place in range(len(products))]
    view = small_view(
        tmp_path_factory.mktemp("random"), products=ids, properties={"Product": dict(zip(ids, products, strict=True))}
    )
    for tree in trees:
        slow = [node_id for node_id, product in zip(ids, products, strict=True) if holds(tree, product)]
        assert passing(view, written(tree), user=None) == " ".join(slow), written(tree)
