"""The one declaration of the graph: labels, relationship types, event types, and their properties.

Stores make their tables from it, validators their rules, snapshots their columns, and the reference
page is written from it. To add a property is to add a line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a property holds."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TIME = "time"
    """Milliseconds since 1970, UTC; RFC 3339 towards the outside."""
    IDS = "ids"
    """A list of external ids."""
    JSON = "json"
    """A JSON object or array, kept as it came."""


class Keeping(StrEnum):
    """How the events of one relationship type become edges."""

    PAIR = "pair"
    """One edge per pair: how many distinct events, the first and last time, and whether it stands."""
    EVENT = "event"
    """One edge an event: history stays whole."""
    DERIVED = "derived"
    """Made from a property of the source node, and gone with it."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a node, an edge or an event."""

    name: str
    type: Type
    summary: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class NodeType:
    """One label."""

    label: str
    event: str
    """The event type that creates or changes such a node."""
    summary: str
    properties: tuple[Property, ...] = ()

    def property(self, name: str) -> Property | None:
        """The declared property of that name, if there is one."""
        return next((p for p in self.properties if p.name == name), None)


@dataclass(frozen=True, slots=True)
class EdgeType:
    """One edge set: the same relationship type between other labels is another one."""

    source: str
    type: str
    target: str
    keeping: Keeping
    summary: str
    properties: tuple[Property, ...] = ()
    from_property: str = ""
    """For derived edges: the source node's property that they are made from."""

    @property
    def key(self) -> tuple[str, str, str]:
        """Source label, type, target label."""
        return (self.source, self.type, self.target)

    @property
    def name(self) -> str:
        """The key in one word, for tables and files."""
        return f"{self.source}-{self.type}-{self.target}".lower()


@dataclass(frozen=True, slots=True)
class EventType:
    """One event type: what it must carry and what it does to the graph."""

    name: str
    summary: str
    fields: tuple[Property, ...] = ()
    edges: tuple[tuple[str, str, str], ...] = ()
    """The edge sets that it writes to; with more than one, the field that is present decides."""
    stands: bool = True
    """False for the events that take an edge away (unliked, unfollowed, …)."""
    node: str = ""
    """For node events: the label."""

    def field(self, name: str) -> Property | None:
        """The declared field of that name, if there is one."""
        return next((f for f in self.fields if f.name == name), None)


def _string(name: str, summary: str, *, required: bool = False, choices: tuple[str, ...] = ()) -> Property:
    return Property(name, Type.STRING, summary, required=required, choices=choices)


NAME = _string("name", "what people call it")
PRICE = Property("price_minor", Type.INTEGER, "price in the currency's smallest unit", minimum=0)
CURRENCY = _string("currency", "ISO 4217 code of the price")
ATTRIBUTES = Property("attributes", Type.JSON, "whatever else is known, by name")
RELATED = Property(
    "related", Type.JSON, "knowledge of it, by origin and predicate: {origin: {predicate: [label:id]}}; see `RELATED`"
)
TEXT = _string("text", "free text")
RATING = Property("value", Type.FLOAT, "stars", minimum=1, maximum=5)

KNOWN = ("Product", "Category", "Brand", "Tag", "Entity")
"""Labels of things that knowledge may join by RELATED, each with each."""

INFERRED = "inferred:"
"""Begins the origin of knowledge that a rule inferred."""

NODE_TYPES: tuple[NodeType, ...] = (
    NodeType(
        "User",
        "user",
        "a person or a shop's account",
        (
            _string("display_name", "name that others see"),
            _string("handle", "short unique name"),
            Property("birth_year", Type.INTEGER, "year of birth", minimum=1900, maximum=2100),
            _string("gender", "as the person states it"),
            _string("city", "city of residence"),
            _string("country", "ISO 3166 code"),
            _string("language", "BCP 47 tag"),
            _string("occupation", "what the person does"),
            Property("joined_at", Type.TIME, "when the account was made"),
            _string("visibility", "who may see them", choices=("public", "followers", "private")),
            Property("consent", Type.JSON, "personalise, name_in_reasons, analytics: true or false"),
            Property("creator", Type.JSON, "fee_minor, currency, platforms, contact"),
            ATTRIBUTES,
        ),
    ),
    NodeType(
        "Product",
        "product",
        "a thing that can be bought",
        (
            _string("title", "name of the product"),
            _string("description", "what it is"),
            Property("categories", Type.IDS, "categories that it is in"),
            _string("brand", "brand that makes it"),
            Property("tags", Type.IDS, "tags that it carries"),
            PRICE,
            CURRENCY,
            _string("image", "address of a picture"),
            _string("model_3d", "address of a 3D model"),
            Property("created_at", Type.TIME, "when it was first offered"),
            Property("available", Type.JSON, "true or false, or {market: true or false}"),
            RELATED,
            ATTRIBUTES,
        ),
    ),
    NodeType(
        "Category",
        "category",
        "a kind of product",
        (NAME, Property("parent", Type.IDS, "categories that it is a part of"), RELATED, ATTRIBUTES),
    ),
    NodeType("Brand", "brand", "who makes products", (NAME, RELATED, ATTRIBUTES)),
    NodeType("Tag", "tag", "a word that products carry", (NAME, RELATED, ATTRIBUTES)),
    NodeType(
        "Entity",
        "entity",
        "anything else that knowledge names",
        (NAME, _string("kind", "what it is"), RELATED, ATTRIBUTES),
    ),
    NodeType(
        "Predicate",
        "predicate",
        "a kind of relation between things, by IRI or name",
        (
            NAME,
            Property("parents", Type.IDS, "more general predicates, which hold wherever it does"),
            Property("inverse", Type.IDS, "predicates that hold the other way round wherever it does"),
            Property("symmetric", Type.BOOLEAN, "whether it always holds both ways"),
            Property("transitive", Type.BOOLEAN, "whether it holds along chains"),
            ATTRIBUTES,
        ),
    ),
    NodeType(
        "Post",
        "post",
        "something that a person published",
        (
            TEXT,
            Property("at", Type.TIME, "when it was published"),
            Property("images", Type.JSON, "addresses of pictures"),
            ATTRIBUTES,
        ),
    ),
    NodeType("Community", "community", "a group that people join", (NAME, ATTRIBUTES)),
    NodeType(
        "Campaign",
        "campaign",
        "a promotion with a budget",
        (NAME, Property("budget_minor", Type.INTEGER, "budget in the smallest unit", minimum=0), CURRENCY, ATTRIBUTES),
    ),
    NodeType(
        "Segment",
        "segment",
        "a set of people with a label",
        (_string("label", "what lifts it above the rest"), ATTRIBUTES),
    ),
)

_PURCHASE = (
    Property("quantity", Type.INTEGER, "how many pieces", minimum=1),
    PRICE,
    CURRENCY,
    _string("order_id", "the order that it was part of"),
)

EDGE_TYPES: tuple[EdgeType, ...] = (
    EdgeType("User", "FOLLOWS", "User", Keeping.PAIR, "sees what the other does"),
    EdgeType("User", "BLOCKED", "User", Keeping.PAIR, "wants nothing of the other"),
    EdgeType("User", "MUTED", "User", Keeping.PAIR, "does not want to see the other"),
    EdgeType("User", "INTERACTED", "User", Keeping.PAIR, "messages, comments, shares: tie strength, never content"),
    EdgeType("User", "VIEWED", "Product", Keeping.PAIR, "looked at it"),
    EdgeType("User", "LIKED", "Product", Keeping.PAIR, "said that it is good"),
    EdgeType("User", "DISLIKED", "Product", Keeping.PAIR, "said that it is not"),
    EdgeType("User", "CARTED", "Product", Keeping.PAIR, "put it into the cart"),
    EdgeType("User", "SHARED", "Product", Keeping.PAIR, "passed it on"),
    EdgeType("User", "BOUGHT", "Product", Keeping.EVENT, "paid for it", _PURCHASE),
    EdgeType("User", "RETURNED", "Product", Keeping.EVENT, "sent it back", _PURCHASE),
    EdgeType("User", "RATED", "Product", Keeping.EVENT, "gave it stars", (RATING, TEXT)),
    EdgeType("User", "REVIEWED", "Product", Keeping.EVENT, "wrote about it", (RATING, TEXT)),
    EdgeType("Product", "IN_CATEGORY", "Category", Keeping.DERIVED, "is of that kind", from_property="categories"),
    EdgeType("Product", "MADE_BY", "Brand", Keeping.DERIVED, "is of that brand", from_property="brand"),
    EdgeType("Product", "TAGGED", "Tag", Keeping.DERIVED, "carries that tag", from_property="tags"),
    EdgeType("Category", "SUBCATEGORY_OF", "Category", Keeping.DERIVED, "is a part of", from_property="parent"),
    EdgeType("User", "POSTED", "Post", Keeping.PAIR, "published it"),
    EdgeType("Post", "MENTIONS", "Product", Keeping.PAIR, "speaks of it"),
    EdgeType("User", "LIKED", "Post", Keeping.PAIR, "said that it is good"),
    EdgeType("User", "COMMENTED", "Post", Keeping.EVENT, "answered it", (TEXT,)),
    EdgeType("User", "SHARED", "Post", Keeping.PAIR, "passed it on"),
    EdgeType("User", "MEMBER_OF", "Community", Keeping.PAIR, "belongs to it"),
    EdgeType("User", "IN_SEGMENT", "Segment", Keeping.PAIR, "was found to belong to it"),
    EdgeType("Campaign", "TARGETS", "Segment", Keeping.PAIR, "is meant for it"),
    EdgeType("Campaign", "TARGETS", "User", Keeping.PAIR, "is meant for them"),
    EdgeType("Campaign", "PROMOTES", "Product", Keeping.PAIR, "is about it"),
    *(
        EdgeType(
            source,
            "RELATED",
            target,
            Keeping.DERIVED,
            "knows of it: what the predicate says",
            (
                _string("predicate", "id of a Predicate", required=True),
                _string("origin", "who says so; what a rule inferred begins with `inferred:`", required=True),
            ),
            from_property=RELATED.name,
        )
        for source in KNOWN
        for target in KNOWN
    ),
)

PRODUCT_ACTIONS = ("VIEWED", "LIKED", "DISLIKED", "CARTED", "SHARED", "BOUGHT", "RETURNED", "RATED", "REVIEWED")
"""Relationship types from a person to a product; one adjacency holds them all (see docs/adr)."""

_PRODUCT = _string("product_id", "the product", required=True)
_OTHER = _string("other_id", "the other person", required=True)
_POST = _string("post_id", "the post", required=True)
_COMMUNITY = _string("community_id", "the community", required=True)


def _on_product(
    name: str, edge: str, summary: str, fields: tuple[Property, ...] = (), *, stands: bool = True
) -> EventType:
    return EventType(name, summary, (_PRODUCT, *fields), (("User", edge, "Product"),), stands)


def _on_person(name: str, edge: str, summary: str, *, stands: bool = True) -> EventType:
    return EventType(name, summary, (_OTHER,), (("User", edge, "User"),), stands)


def _on_node(name: str, label: str) -> EventType:
    return EventType(
        name,
        f"creates or changes a {label}; null removes a property",
        (_string(f"{name}_id", "its id", required=True), Property("properties", Type.JSON, "what is known of it")),
        node=label,
    )


EVENT_TYPES: tuple[EventType, ...] = (
    _on_product("viewed", "VIEWED", "looked at a product"),
    _on_product("liked", "LIKED", "said that a product is good"),
    _on_product("unliked", "LIKED", "took the like back", stands=False),
    _on_product("disliked", "DISLIKED", "does not want this product"),
    _on_product("carted", "CARTED", "put a product into the cart"),
    _on_product("uncarted", "CARTED", "took it out again", stands=False),
    _on_product("bought", "BOUGHT", "paid for a product", _PURCHASE),
    _on_product("returned", "RETURNED", "sent a product back", _PURCHASE),
    _on_product(
        "rated",
        "RATED",
        "gave a product stars",
        (Property("value", Type.FLOAT, "stars", minimum=1, maximum=5, required=True), TEXT),
    ),
    _on_product("reviewed", "REVIEWED", "wrote about a product", (RATING, TEXT)),
    EventType(
        "shared",
        "passed a product or post on",
        (
            _string("product_id", "the product, or else a post"),
            _string("post_id", "the post, or else a product"),
            Property("with", Type.IDS, "the people it was passed to"),
            _string("channel", "by which way"),
        ),
        (("User", "SHARED", "Product"), ("User", "SHARED", "Post")),
    ),
    _on_person("followed", "FOLLOWS", "follows someone"),
    _on_person("unfollowed", "FOLLOWS", "follows no more", stands=False),
    _on_person("blocked", "BLOCKED", "blocks someone"),
    _on_person("unblocked", "BLOCKED", "blocks no more", stands=False),
    _on_person("muted", "MUTED", "mutes someone"),
    _on_person("unmuted", "MUTED", "mutes no more", stands=False),
    _on_person("messaged", "INTERACTED", "wrote to someone; never what"),
    EventType("joined", "became a member", (_COMMUNITY,), (("User", "MEMBER_OF", "Community"),)),
    EventType("left", "is a member no more", (_COMMUNITY,), (("User", "MEMBER_OF", "Community"),), stands=False),
    EventType(
        "posted",
        "published a post",
        (
            _POST,
            TEXT,
            Property("images", Type.JSON, "addresses of pictures"),
            Property("product_ids", Type.IDS, "products that it speaks of"),
        ),
        (("User", "POSTED", "Post"),),
    ),
    EventType("commented", "answered a post", (_POST, TEXT), (("User", "COMMENTED", "Post"),)),
    EventType("post_liked", "said that a post is good", (_POST,), (("User", "LIKED", "Post"),)),
    EventType(
        "searched",
        "looked for something; kept in the log only",
        (_string("text", "what was looked for", required=True),),
    ),
    EventType(
        "impression",
        "a slate was shown; kept in the log only",
        (
            _string("attribution", "token of the answer", required=True),
            Property("items", Type.JSON, "[{id, position}]"),
        ),
    ),
    EventType(
        "outcome",
        "what came of a slate; kept in the log only",
        (
            _string("attribution", "token of the answer", required=True),
            Property("items", Type.JSON, "[{id, position}]"),
            _string("kind", "click, like, cart, buy …"),
        ),
    ),
    *(_on_node(node.event, node.label) for node in NODE_TYPES if node.event not in {"campaign", "segment"}),
    EventType(
        "deleted",
        "ends a product, post or other node: history stays, it is never recommended",
        (_string("label", "its label", required=True), _string("id", "its id", required=True)),
    ),
    EventType("erased", "removes a person and all that hangs on them", ()),
)

NODES: dict[str, NodeType] = {node.label: node for node in NODE_TYPES}
EDGES: dict[tuple[str, str, str], EdgeType] = {edge.key: edge for edge in EDGE_TYPES}
EVENTS: dict[str, EventType] = {event.name: event for event in EVENT_TYPES}
