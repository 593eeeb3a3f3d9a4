"""Traoré, Camero and Zhu 2021: fitness landscape footprints of NAS and HPO problems."""

from experiments.papers.footprint.page import reproduce_footprint as reproduce_footprint
