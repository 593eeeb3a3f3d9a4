"""Landscape features of a design of experiments: one file per feature set, three engines."""

from ela.feature.bootstrap import FeatureTable, bootstrap
from ela.feature.compute import Conditions, Features, features
from ela.feature.registry import FeatureSet, feature_sets

__all__ = ["Conditions", "FeatureSet", "FeatureTable", "Features", "bootstrap", "feature_sets", "features"]
