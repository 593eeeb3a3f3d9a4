"""Landscape analysis: features that place a problem among the BBOB functions and recommend a solver."""

from ela.encoding import Encoding, encode_points
from ela.feature import Features, FeatureTable, bootstrap, feature_sets, features
from ela.sampling import Sample, sample

__all__ = [
    "Encoding",
    "FeatureTable",
    "Features",
    "Sample",
    "bootstrap",
    "encode_points",
    "feature_sets",
    "features",
    "sample",
]
