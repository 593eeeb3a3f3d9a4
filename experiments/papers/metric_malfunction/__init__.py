"""Traore, Camero, Zhu 2023: when performance metric malfunction affects HPO landscapes."""

from experiments.papers.metric_malfunction.page import reproduce_metric_malfunction as reproduce_metric_malfunction
