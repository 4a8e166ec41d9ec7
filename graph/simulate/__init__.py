"""A simulated town: people, follows, products and a year of what they do, with the truth known."""

from graph.simulate.campaigns import Campaign, run_campaign
from graph.simulate.edges import GraphEdges, edge_arrays
from graph.simulate.settings import TOWN_VERSION, TownSettings
from graph.simulate.town import Town, simulate_town
from graph.simulate.write import write_town

__all__ = [
    "TOWN_VERSION",
    "Campaign",
    "GraphEdges",
    "Town",
    "TownSettings",
    "edge_arrays",
    "run_campaign",
    "simulate_town",
    "write_town",
]
