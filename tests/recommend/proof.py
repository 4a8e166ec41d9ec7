"""Proves reasons from raw edges, in plain loops: what `recommend.explain` says must be true."""

from collections import defaultdict

from graph.snapshot.actions import CODE_MASK, CODES, PAST_TENSE, Actions
from graph.snapshot.view import LiveView

FOLLOWS = ("User", "FOLLOWS", "User")


class Facts:
    """Everything that people did, by id."""

    def __init__(self, view: LiveView, actions: Actions) -> None:
        self.view = view
        self.did = defaultdict(set)
        """Product → (person, event, minute) of what counts."""
        csr = view.actions.out
        for row in range(csr.node_count):
            who = view.id_of("User", row)
            for target, stamp in zip(csr.neighbours(row).tolist(), csr.stamps_of(row).tolist(), strict=True):
                if actions.weights[stamp & CODE_MASK] > 0:
                    event = PAST_TENSE[CODES[stamp & CODE_MASK][0]]
                    self.did[view.id_of("Product", target)].add((who, event, stamp >> 6))

    def related(self, key: tuple[str, str, str], node_id: str) -> list[str]:
        row = self.view.row_of(key[0], node_id)
        if row < 0:
            return []
        return [self.view.id_of(key[2], each) for each in self.view.edges(*key).out.neighbours(row).tolist()]

    def people(self, product_id: str, event: str | None = None, since: int = 0) -> set[str]:
        return {who for who, what, minute in self.did[product_id] if event in {None, what} and minute >= since}

    def hidden_from(self, user_id: str) -> set[str]:
        """People who may not stand in a reason for this user."""
        hidden = {
            *self.related(("User", "BLOCKED", "User"), user_id),
            *self.related(("User", "MUTED", "User"), user_id),
        }
        for row in range(self.view.count("User")):
            other = self.view.id_of("User", row)
            private = self.view.text("User", "visibility", row) == "private"
            if private or self.view.gone("User")[row] or user_id in self.related(("User", "BLOCKED", "User"), other):
                hidden.add(other)
        return hidden

    def unnamed(self) -> set[str]:
        rows = range(self.view.count("User"))
        consents = {self.view.id_of("User", row): self.view.json("User", "consent", row) or {} for row in rows}
        return {who for who, consent in consents.items() if consent.get("name_in_reasons") is False}


def prove_product(facts: Facts, user_id: str | None, page_id: str | None, item: dict, reason: dict) -> None:
    """Fails when a reason for a product is not what the edges say."""
    kind, item_id = reason["type"], item["id"]
    assert reason["text"]
    if kind == "social":
        friends = set(facts.related(FOLLOWS, user_id)) - facts.hidden_from(user_id)
        true = friends & facts.people(item_id, reason["action"])
        if len(true) < 3:
            true -= facts.unnamed()
        assert reason["count"] == len(true)
        named = [each["id"] for each in reason["people"]]
        assert set(named) <= true - facts.unnamed()
        assert reason["action"] in reason["text"]
    elif kind == "similar":
        both = facts.people(item_id) & facts.people(reason["product_id"])
        assert 1 <= reason["count"] <= len(both - {user_id})
        if page_id is None:
            assert user_id in facts.people(reason["product_id"], reason["action"])
        else:
            assert reason["product_id"] == page_id
    elif kind == "look":
        assert reason["product_id"] == page_id
    elif kind == "category":
        first, second = reason["path"]
        assert second["from"] == item_id
        assert first["to"] == second["to"]
        for step in reason["path"]:
            assert step["to"] in facts.related(("Product", step["rel"], "Category"), step["from"])
        assert page_id == first["from"] or user_id in facts.people(first["from"])
    elif kind == "community":
        communities = facts.related(("User", "MEMBER_OF", "Community"), user_id)
        counts = [len(_members(facts, each, user_id) & facts.people(item_id, reason["action"])) for each in communities]
        assert reason["count"] in counts
    elif kind == "trending":
        since = facts.view.latest_minutes - 30 * 24 * 60
        assert reason["count"] == len(facts.people(item_id, reason["action"], max(since, 1)))
    elif kind == "popular":
        assert reason["count"] == len(facts.people(item_id, reason["action"]))
    elif kind == "model":
        assert facts.people(item_id)
    else:
        assert kind == "new"
        assert not facts.people(item_id)


def _members(facts: Facts, community_id: str, user_id: str) -> set[str]:
    key = ("User", "MEMBER_OF", "Community")
    rows = range(facts.view.count("User"))
    members = {facts.view.id_of("User", row) for row in rows}
    return {who for who in members if community_id in facts.related(key, who)} - facts.hidden_from(user_id) - {user_id}


def prove_person(facts: Facts, user_id: str, item: dict, reason: dict) -> None:
    """Fails when a reason for a person is not what the edges say."""
    kind, item_id = reason["type"], item["id"]
    mine = {product for product in list(facts.did) if user_id in facts.people(product)}
    if kind == "social":
        friends = set(facts.related(FOLLOWS, user_id)) - facts.hidden_from(user_id)
        true = {who for who in friends if item_id in facts.related(FOLLOWS, who)}
        if len(true) < 3:
            true -= facts.unnamed()
        assert reason["count"] == len(true)
        assert {each["id"] for each in reason["people"]} <= true - facts.unnamed()
    elif kind == "follows_you":
        assert user_id in facts.related(FOLLOWS, item_id)
    elif kind == "taste":
        assert reason["count"] == len([product for product in mine if item_id in facts.people(product)])
    else:
        rows = range(facts.view.count("User"))
        followers = [row for row in rows if item_id in facts.related(FOLLOWS, facts.view.id_of("User", row))]
        assert reason["count"] == len(followers)
        assert kind == ("popular" if followers else "new")
