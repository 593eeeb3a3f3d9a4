"""Compact networks by differentiable search with losses on cost and depth, next to residual networks."""

from experiments.papers.compact.page import reproduce_compact as reproduce_compact
