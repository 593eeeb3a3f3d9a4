"""The page of a study: who is best, how sure that is, how they got there, and what they found."""

from experiments.report.overview import overview
from experiments.report.runs import ProblemRuns, by_problem
from experiments.report.write import Written, write_report

__all__ = ["ProblemRuns", "Written", "by_problem", "overview", "write_report"]
