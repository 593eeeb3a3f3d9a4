"""Studies: many runs of solvers on problems, their logs, statistics, figures and pages of results."""
