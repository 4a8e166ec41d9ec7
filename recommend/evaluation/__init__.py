"""Measuring models on data that they have not seen."""

from recommend.evaluation.prepare import problem_of_dataset, problem_of_split, problem_of_table, timeline_problem
from recommend.evaluation.problem import Problem
from recommend.evaluation.report import Evaluation, Figure, ModelResult
from recommend.evaluation.run import evaluate, evaluate_dataset

__all__ = [
    "Evaluation",
    "Figure",
    "ModelResult",
    "Problem",
    "evaluate",
    "evaluate_dataset",
    "problem_of_dataset",
    "problem_of_split",
    "problem_of_table",
    "timeline_problem",
]
