"""Experiments: which arm a person is in, and what came of each."""

from recommend.experiments.outcomes import Outcomes
from recommend.experiments.report import report_of

__all__ = ["Outcomes", "report_of"]
