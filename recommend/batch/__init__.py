"""Recommendations for every user of a file, without a store or a service."""

from recommend.batch.report import BatchReport, Trial
from recommend.batch.run import AUTO, DEFAULT_BUDGET_S, batch

__all__ = ["AUTO", "DEFAULT_BUDGET_S", "BatchReport", "Trial", "batch"]
