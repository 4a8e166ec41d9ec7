"""Candidate sources: each one way to find what might be wanted. To add one is to add a file and a line here."""

from __future__ import annotations

from recommend.query import CandidateSource
from recommend.sources.basket import BoughtTogether
from recommend.sources.collaborative import CoInteraction, TasteTwins, Walk
from recommend.sources.communities import FriendsCommunities, PopularCommunities
from recommend.sources.knowledge import ConceptMatch, KgNeighbours, PathCount
from recommend.sources.looks import LookAlike
from recommend.sources.models import LightGcn, Spectral
from recommend.sources.popular import Popular, PopularInCategory, PopularInCommunity, PopularPeople, Trending
from recommend.sources.rules import Rules
from recommend.sources.social import Followers, Friends, FriendsOfFriends, MutualFriends

SOURCES: tuple[CandidateSource, ...] = (
    Friends(),
    FriendsOfFriends(),
    CoInteraction(),
    BoughtTogether(),
    Rules(),
    Walk(),
    Spectral(),
    LightGcn(),
    ConceptMatch(),
    PathCount(),
    KgNeighbours(),
    LookAlike(),
    PopularInCategory(),
    PopularInCommunity(),
    Popular(),
    Trending(),
    MutualFriends(),
    Followers(),
    TasteTwins(),
    PopularPeople(),
    FriendsCommunities(),
    PopularCommunities(),
)
