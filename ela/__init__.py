"""Landscape analysis: features that place a problem among the BBOB functions and recommend a solver."""

from ela.bbob import Reference, reference
from ela.encoding import Encoding, encode_points
from ela.feature import Features, FeatureTable, bootstrap, feature_sets, features
from ela.placement import Placement, place
from ela.sampling import Sample, sample

__all__ = [
    "Encoding",
    "FeatureTable",
    "Features",
    "Placement",
    "Reference",
    "Sample",
    "bootstrap",
    "encode_points",
    "feature_sets",
    "features",
    "place",
    "reference",
    "sample",
]
