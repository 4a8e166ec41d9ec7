"""Named ways to answer: what comes with the program, what a shop makes of it, and its versions."""

from recommend.placements.placement import Placement, Promotion
from recommend.placements.shelf import Placements, PlacementShelf, read_placements, shipped

__all__ = ["Placement", "PlacementShelf", "Placements", "Promotion", "read_placements", "shipped"]
