"""The page of a study: who is best, how sure that is, how they got there, and what they found."""

from experiments.report.memory import runs_of
from experiments.report.overview import overview
from experiments.report.plots import load_runs, plot_convergence, plot_final, plot_ranks, plot_targets, plot_time
from experiments.report.runs import ProblemRuns, by_problem
from experiments.report.selection import Selection
from experiments.report.write import Written, write_report

__all__ = [
    "ProblemRuns",
    "Selection",
    "Written",
    "by_problem",
    "load_runs",
    "overview",
    "plot_convergence",
    "plot_final",
    "plot_ranks",
    "plot_targets",
    "plot_time",
    "runs_of",
    "write_report",
]
