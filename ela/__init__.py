"""Landscape analysis: features that place a problem among the BBOB functions and recommend a solver."""

from ela.bbob_features import Reference, reference, reference_on
from ela.diagnose import Diagnosis, diagnose
from ela.encoding import Encoding, encode_points
from ela.feature import Features, FeatureSet, FeatureTable, bootstrap, feature_sets, features
from ela.footprint import Footprint, footprint, footprint_radar, footprint_table
from ela.performance import Performance, load_coco, own_performance, recommend
from ela.placement import Placement, place
from ela.reduction import Reduction, reduce_space
from ela.sampling import Sample, sample

__all__ = [
    "Diagnosis",
    "Encoding",
    "FeatureSet",
    "FeatureTable",
    "Features",
    "Footprint",
    "Performance",
    "Placement",
    "Reduction",
    "Reference",
    "Sample",
    "bootstrap",
    "diagnose",
    "encode_points",
    "feature_sets",
    "features",
    "footprint",
    "footprint_radar",
    "footprint_table",
    "load_coco",
    "own_performance",
    "place",
    "recommend",
    "reduce_space",
    "reference",
    "reference_on",
    "sample",
]
