"""The sentences that reasons are put into."""

from __future__ import annotations

DID_THIS = {
    "viewed": "viewed this",
    "liked": "liked this",
    "disliked": "disliked this",
    "carted": "put this into the cart",
    "shared": "shared this",
    "bought": "bought this",
    "returned": "returned this",
    "rated": "rated this",
    "reviewed": "reviewed this",
}
"""By event name. The verb is what the data hold: where there are only ratings, nobody "bought" anything."""

YOU_DID = {event: phrase.replace(" this", "") for event, phrase in DID_THIS.items()}


def people(count: int, *, at_least: bool = False) -> str:
    """``1 person``, ``3 people``, ``at least 3 people``."""
    return f"{'at least ' if at_least else ''}{count:,} {'person' if count == 1 else 'people'}"


def friends_did(count: int, event: str, *, at_least: bool = False) -> str:
    """A social reason."""
    return f"{people(count, at_least=at_least)} you follow {DID_THIS[event]}"


def like_yours(name: str, event: str) -> str:
    """A product like one of the user's own."""
    return f"like {name} that you {YOU_DID[event]}"


def like_page(name: str, count: int) -> str:
    """A product that shares people with the one on the page."""
    return f"{people(count)} chose both this and {name}"


def looks_like(name: str) -> str:
    """A product whose picture is like that of the one on the page."""
    return f"looks like {name}"


def in_category(category: str, name: str) -> str:
    """A product of a category that the user chooses from."""
    return f"in {category}, like {name}"


def did_lately(count: int, event: str, days: int, *, at_least: bool = False) -> str:
    """A product that is rising."""
    return f"{people(count, at_least=at_least)} {DID_THIS[event]} in the last {days} days"


def did(count: int, event: str, *, at_least: bool = False) -> str:
    """A product that many chose."""
    return f"{people(count, at_least=at_least)} {DID_THIS[event]}"


def product(title: str | None, node_id: str) -> str:
    """What a product is called."""
    return title or f"product {node_id}"


def category(name: str | None, node_id: str) -> str:
    """What a category is called."""
    return name or f"category {node_id}"


def community(name: str | None, node_id: str) -> str:
    """What a community is called."""
    return name or f"community {node_id}"


def members_did(count: int, event: str, community: str) -> str:
    """A product that a community chose."""
    who = "member" if count == 1 else "members"
    return f"{count:,} {who} of {community} {DID_THIS[event]}"


def friends_follow(count: int, *, at_least: bool = False) -> str:
    """Somebody whom friends follow."""
    return f"{people(count, at_least=at_least)} you follow {'follows' if count == 1 else 'follow'} them"


def friends_joined(count: int, *, at_least: bool = False) -> str:
    """A community that friends are in."""
    return f"{people(count, at_least=at_least)} you follow {'is a member' if count == 1 else 'are members'}"


def members(count: int) -> str:
    """How many are in a community."""
    return f"{count:,} {'member' if count == 1 else 'members'}"


def same_products(count: int) -> str:
    """Somebody of the same taste."""
    return f"chose {count:,} of the products that you chose"


def followed_by(count: int) -> str:
    """Somebody whom many follow."""
    return f"followed by {people(count)}"


FOLLOWS_YOU = "follows you"
NEW_PRODUCT = "new here: nobody has chosen it yet"
NEW_PERSON = "new here: nobody follows them yet"
NEAR_YOUR_TASTE = "close to your taste"
