"""Association rules: what is in one basket with what, and what people of a kind choose."""

from graph.analytics.rules.baskets import PERSON, Baskets, By, Of
from graph.analytics.rules.mining import RuleSettings, mine
from graph.analytics.rules.table import RuleTable

__all__ = ["PERSON", "Baskets", "By", "Of", "RuleSettings", "RuleTable", "mine"]
