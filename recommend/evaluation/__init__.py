"""Measuring models on data that they have not seen."""

from recommend.evaluation.compare import Comparison, compare
from recommend.evaluation.prepare import problem_of_dataset, problem_of_split, problem_of_table, timeline_problem
from recommend.evaluation.problem import Problem
from recommend.evaluation.ratings import RatingEvaluation, evaluate_ratings, ratings_of_dataset
from recommend.evaluation.report import Evaluation, Figure, ModelResult
from recommend.evaluation.run import evaluate, evaluate_dataset

__all__ = [
    "Comparison",
    "Evaluation",
    "Figure",
    "ModelResult",
    "Problem",
    "RatingEvaluation",
    "compare",
    "evaluate",
    "evaluate_dataset",
    "evaluate_ratings",
    "problem_of_dataset",
    "problem_of_split",
    "problem_of_table",
    "ratings_of_dataset",
    "timeline_problem",
]
