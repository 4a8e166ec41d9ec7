"""What everything is called in RDF: schema.org's words where it has them, our own, aligned to them, where it has not.

One declaration, from which exports, imports, ontology and shapes are made. A node is
``urn:tastegraph:product:p1``; an id is percent-encoded, so that it comes back as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from graph.schema import EDGE_TYPES, NODE_TYPES, Keeping, Type

BASE = "urn:tastegraph:"
TERMS = f"{BASE}terms:"
SCHEMA = "https://schema.org/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SHACL = "http://www.w3.org/ns/shacl#"
PREFIXES = {
    "schema": SCHEMA, "tg": TERMS, "rdf": RDF, "rdfs": RDFS, "owl": OWL, "xsd": XSD, "skos": SKOS,
}  # fmt: skip

TYPE = f"{RDF}type"
NAME = f"{SCHEMA}name"
AGENT, OBJECT = f"{SCHEMA}agent", f"{SCHEMA}object"
OFFERS, PRICE, PRICE_CURRENCY = f"{SCHEMA}offers", f"{SCHEMA}price", f"{SCHEMA}priceCurrency"
ADDITIONAL, VALUE = f"{SCHEMA}additionalProperty", f"{SCHEMA}value"
REVIEW_RATING, RATING_VALUE = f"{SCHEMA}reviewRating", f"{SCHEMA}ratingValue"
START, END = f"{SCHEMA}startTime", f"{SCHEMA}endTime"
COUNT, ORIGIN = f"{TERMS}count", f"{TERMS}origin"
DELETED = f"{TERMS}deleted"
JSON = f"{RDF}JSON"

IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+")
"""An absolute IRI; anything else is a name."""

CLASSES: dict[str, str] = {
    "User": f"{SCHEMA}Person",
    "Product": f"{SCHEMA}Product",
    "Category": f"{TERMS}Category",
    "Brand": f"{SCHEMA}Brand",
    "Tag": f"{TERMS}Tag",
    "Entity": f"{TERMS}Entity",
    "Predicate": f"{RDF}Property",
    "Post": f"{SCHEMA}SocialMediaPosting",
    "Community": f"{TERMS}Community",
    "Campaign": f"{TERMS}Campaign",
    "Segment": f"{TERMS}Segment",
}
"""Class by label."""

ALIGNED: dict[tuple[str, str], str] = {
    ("User", "display_name"): NAME,
    ("User", "handle"): f"{SCHEMA}alternateName",
    ("User", "gender"): f"{SCHEMA}gender",
    ("User", "language"): f"{SCHEMA}knowsLanguage",
    ("User", "occupation"): f"{SCHEMA}jobTitle",
    ("Product", "title"): NAME,
    ("Product", "description"): f"{SCHEMA}description",
    ("Product", "image"): f"{SCHEMA}image",
    ("Product", "created_at"): f"{SCHEMA}releaseDate",
    ("Product", "categories"): f"{SCHEMA}category",
    ("Product", "brand"): f"{SCHEMA}brand",
    ("Post", "text"): f"{SCHEMA}articleBody",
    ("Post", "at"): f"{SCHEMA}datePublished",
    ("Segment", "label"): f"{RDFS}label",
    ("Predicate", "parents"): f"{RDFS}subPropertyOf",
    ("Predicate", "inverse"): f"{OWL}inverseOf",
    **{(node.label, "name"): NAME for node in NODE_TYPES if node.property("name")},
}
"""Properties that schema.org, or RDF itself, has a word for; the others are ours: ``tg:birth_year``."""

OURS_BELOW: dict[str, str] = {
    "Category": f"{SCHEMA}DefinedTerm",
    "Tag": f"{SCHEMA}DefinedTerm",
    "Entity": f"{SCHEMA}Thing",
    "Community": f"{SCHEMA}Organization",
    "Campaign": f"{SCHEMA}Event",
    "Segment": f"{SCHEMA}Audience",
}
"""What our own classes are kinds of."""

PROPERTY_BELOW: dict[str, str] = {
    "tags": f"{SCHEMA}keywords",
    "parent": f"{SKOS}broader",
    "model_3d": f"{SCHEMA}associatedMedia",
    "joined_at": f"{SCHEMA}dateCreated",
    "price_minor": f"{SCHEMA}price",
    "birth_year": f"{SCHEMA}birthDate",
    "country": f"{SCHEMA}addressCountry",
    "city": f"{SCHEMA}addressLocality",
}
"""What our own properties are kinds of."""


@dataclass(frozen=True, slots=True)
class EdgeForm:
    """How one edge set is written: a node for the act with its ends and times, and one triple that says it at once.

    Attributes:
        kind: class of the act.
        below: what that class is a kind of, where it is ours.
        source: property that leads from the act to the source.
        target: property that leads to the target.
        direct: property of the one triple from source to target.
        above: what that property is a kind of, where it is ours.
    """

    kind: str
    below: str = ""
    source: str = AGENT
    target: str = OBJECT
    direct: str = ""
    above: str = ""


def _ours(name: str, below: str = "Action", *, target: str = OBJECT, direct: str = "", above: str = "") -> EdgeForm:
    return EdgeForm(f"{TERMS}{name}", f"{SCHEMA}{below}", target=target, direct=direct, above=above)


def _theirs(name: str, *, target: str = OBJECT, direct: str = "") -> EdgeForm:
    return EdgeForm(f"{SCHEMA}{name}", target=target, direct=direct)


_FORMS: dict[tuple[str, str, str], EdgeForm] = {
    ("User", "FOLLOWS", "User"): _theirs("FollowAction", target=f"{SCHEMA}followee", direct=f"{SCHEMA}follows"),
    ("User", "BLOCKED", "User"): _ours("BlockAction"),
    ("User", "MUTED", "User"): _ours("MuteAction"),
    ("User", "INTERACTED", "User"): _theirs("CommunicateAction", target=f"{SCHEMA}recipient"),
    ("User", "VIEWED", "Product"): _theirs("ViewAction"),
    ("User", "LIKED", "Product"): _theirs("LikeAction"),
    ("User", "DISLIKED", "Product"): _theirs("DislikeAction"),
    ("User", "CARTED", "Product"): _ours("CartAction"),
    ("User", "SHARED", "Product"): _theirs("ShareAction"),
    ("User", "BOUGHT", "Product"): _theirs("BuyAction"),
    ("User", "RETURNED", "Product"): _theirs("ReturnAction"),
    ("User", "RATED", "Product"): EdgeForm(
        f"{TERMS}RatedReview", f"{SCHEMA}Review", f"{SCHEMA}author", f"{SCHEMA}itemReviewed"
    ),
    ("User", "REVIEWED", "Product"): EdgeForm(f"{SCHEMA}Review", "", f"{SCHEMA}author", f"{SCHEMA}itemReviewed"),
    ("User", "POSTED", "Post"): _ours("PostAction", "CreateAction"),
    ("Post", "MENTIONS", "Product"): EdgeForm(
        f"{TERMS}Mention", f"{SCHEMA}Role", f"{SCHEMA}subjectOf", OBJECT, f"{SCHEMA}mentions"
    ),
    ("User", "LIKED", "Post"): _theirs("LikeAction"),
    ("User", "COMMENTED", "Post"): _theirs("CommentAction"),
    ("User", "SHARED", "Post"): _theirs("ShareAction"),
    ("User", "MEMBER_OF", "Community"): _theirs("JoinAction", direct=f"{SCHEMA}memberOf"),
    ("User", "IN_SEGMENT", "Segment"): _ours("SegmentRole", "Role"),
    ("Campaign", "TARGETS", "Segment"): _ours("TargetRole", "Role"),
    ("Campaign", "TARGETS", "User"): _ours("TargetRole", "Role"),
    ("Campaign", "PROMOTES", "Product"): _ours("PromoteRole", "Role"),
}


def term(name: str) -> str:
    """One of our own terms."""
    return TERMS + name


def property_term(label: str, name: str) -> str:
    """The property that a node's property is written as."""
    return ALIGNED.get((label, name), TERMS + name)


def edge_form(key: tuple[str, str, str]) -> EdgeForm:
    """How an edge set that is not derived is written."""
    found = _FORMS[key]
    return found if found.direct else EdgeForm(
        found.kind, found.below, found.source, found.target, TERMS + key[1].lower(), found.above
    )  # fmt: skip


def edge_keys() -> list[tuple[str, str, str]]:
    """The edge sets that are written as acts."""
    return [edge.key for edge in EDGE_TYPES if edge.keeping is not Keeping.DERIVED]


def naming_properties(label: str) -> dict[str, str]:
    """Properties that name other nodes, with the label that they name."""
    named = {e.from_property: e.target for e in EDGE_TYPES if e.source == label and e.type != "RELATED"}
    own = {"parents": label, "inverse": label} if label == "Predicate" else {}
    return {name: target for name, target in named.items() if name} | own


def xsd_type(type_: Type) -> str | None:
    """The datatype of a property's values; None for plain texts, and for what names other nodes."""
    return {
        Type.INTEGER: f"{XSD}integer",
        Type.FLOAT: f"{XSD}double",
        Type.BOOLEAN: f"{XSD}boolean",
        Type.TIME: f"{XSD}dateTime",
        Type.JSON: JSON,
    }.get(type_)


@dataclass(frozen=True, slots=True)
class Names:
    """IRIs of nodes, acts and origins, and the way back.

    Attributes:
        base: what our own IRIs begin with; ends in ``:``, ``/`` or ``#``.
    """

    base: str = BASE

    def node(self, label: str, node_id: str) -> str:
        """A node's IRI; an Entity or Predicate whose id is an IRI keeps it."""
        if label in ("Entity", "Predicate") and IRI.fullmatch(node_id) and self.parsed(node_id) is None:
            return node_id
        return f"{self.base}{label.lower()}:{quote(node_id, safe='')}"

    def parsed(self, iri: str) -> tuple[str, str] | None:
        """The label and id of a node of ours; None for any other IRI."""
        kind, colon, rest = iri.removeprefix(self.base).partition(":")
        label = LABELS.get(kind)
        if not iri.startswith(self.base) or not colon or label is None:
            return None
        return label, unquote(rest)

    def act(self, type_: str, *ids: str) -> str:
        """The IRI of an edge: of its event, or of its two ends."""
        return f"{self.base}{type_.lower()}:" + ":".join(quote(each, safe="") for each in ids)

    def ids_of_act(self, iri: str) -> list[str]:
        """What `act` was given."""
        return [unquote(each) for each in iri.removeprefix(self.base).split(":")[1:]]

    def origin(self, name: str) -> str:
        """The graph that holds the knowledge of one origin."""
        return f"{self.base}origin:{quote(name, safe='')}"

    def origin_of(self, iri: str) -> str | None:
        """What `origin` was given; None for another graph."""
        prefix = f"{self.base}origin:"
        return unquote(iri.removeprefix(prefix)) if iri.startswith(prefix) else None


LABELS = {node.label.lower(): node.label for node in NODE_TYPES}
