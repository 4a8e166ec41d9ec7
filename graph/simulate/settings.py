"""What may be chosen about a town, and what is frozen (docs/adr/0002)."""

from __future__ import annotations

from dataclasses import dataclass

from graph.errors import InvalidValue

TOWN_VERSION = 1
"""Goes up with any change that changes a town; figures of different versions are not comparable."""

DAY_MS = 86_400_000
START_MS = 1_735_689_600_000
"""2025-01-01T00:00:00Z, a Wednesday: the first day that is simulated."""
DAYS = 365
END_MS = START_MS + DAYS * DAY_MS

FAVOURITE_COUNT = 5
BAND_COUNT = 3
BASE_POWER = 0.004
"""Chance that an ordinary purchase moves a follower, before taste and susceptibility."""
DELAY_DAYS = 3.0
"""Mean of the exponential time from seeing a purchase to making it."""
LONGEST_DELAY_DAYS = 14.0

SMALLEST_TOWN = 100
LARGEST_TOWN = 20_000_000


@dataclass(frozen=True, slots=True)
class TownSettings:
    """What a town is made from; equal settings give equal towns.

    Attributes:
        people: accounts, fakes included, 100 to 20 million.
        seed: chooses one town among those with the same settings.
        products: how many; 0 means half as many as people, and at least three in each kind.
        follows_per_person: mean out-degree before doubles are removed.
        sessions_per_person: mean number of visits in the year; seven give about fifty actions.
        noise: share of follows that leave the community and of choices that ignore taste, 0 to 1.
        influencer_share: people whose purchases move followers in one department.
        celebrity_share: people with many followers whom nobody copies.
        fake_share: accounts made to be followers.
    """

    people: int = 10_000
    seed: int = 0
    products: int = 0
    follows_per_person: float = 10.0
    sessions_per_person: float = 7.0
    noise: float = 0.2
    influencer_share: float = 0.005
    celebrity_share: float = 0.003
    fake_share: float = 0.02

    def __post_init__(self) -> None:
        if not SMALLEST_TOWN <= self.people <= LARGEST_TOWN:
            raise InvalidValue("people", f"a town has {SMALLEST_TOWN} to {LARGEST_TOWN} people, not {self.people}")
        if self.seed < 0:
            raise InvalidValue("seed", "must not be negative")
        if self.products < 0:
            raise InvalidValue("products", "must not be negative")
        for name in ("noise", "influencer_share", "celebrity_share", "fake_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InvalidValue(name, "is a share, from 0 to 1")
        if self.influencer_share + self.celebrity_share + self.fake_share > 0.5:
            raise InvalidValue("fake_share", "influencers, celebrities and fakes may be half of the people together")
        for name in ("follows_per_person", "sessions_per_person"):
            if not 0.0 < getattr(self, name) <= 1000.0:
                raise InvalidValue(name, "must be more than 0 and at most 1000")


@dataclass(frozen=True, slots=True)
class Segment:
    """One way of shopping, planted to be found again.

    Attributes:
        name: what the truth calls it.
        share: of the genuine people.
        sessions: visits, relative to the town's mean.
        views: products looked at in a visit, on average.
        bands: chance of looking at low, middle and high prices.
        like: chance of liking what is viewed.
        cart: chance of putting it into the cart.
        buy: chance of buying what is in the cart.
        rate: chance of rating what was bought.
        hour: when a visit begins on average, in UTC.
        weekend: share of the visits on Saturday and Sunday.
        susceptibility: how easily the purchases of others move the person.
    """

    name: str
    share: float
    sessions: float
    views: float
    bands: tuple[float, float, float]
    like: float
    cart: float
    buy: float
    rate: float
    hour: float
    weekend: float
    susceptibility: float


SEGMENTS = (
    Segment("bargain hunters", 0.22, 1.2, 5.0, (0.88, 0.09, 0.03), 0.08, 0.18, 0.45, 0.40, 19.0, 0.30, 0.60),
    Segment("connoisseurs", 0.12, 0.8, 4.0, (0.03, 0.09, 0.88), 0.12, 0.22, 0.60, 0.60, 20.0, 0.30, 0.45),
    Segment("window shoppers", 0.20, 1.2, 8.0, (0.30, 0.40, 0.30), 0.10, 0.04, 0.20, 0.30, 13.0, 0.30, 0.35),
    Segment("weekend planners", 0.16, 0.9, 5.0, (0.06, 0.88, 0.06), 0.08, 0.20, 0.60, 0.30, 11.0, 0.92, 0.55),
    Segment("night owls", 0.15, 1.0, 5.0, (0.45, 0.45, 0.10), 0.10, 0.18, 0.55, 0.20, 1.5, 0.25, 0.80),
    Segment("fans", 0.15, 0.9, 4.0, (0.20, 0.60, 0.20), 0.55, 0.15, 0.50, 0.50, 7.0, 0.25, 0.90),
)
