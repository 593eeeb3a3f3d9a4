"""Traoré, Camero, Zhu 2023: evolutionary searches started from the centroids of clustered samples."""

from experiments.papers.centroid_init.page import reproduce_centroid_init as reproduce_centroid_init
