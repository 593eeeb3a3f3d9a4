"""The feature sets, one file each; to add one, add a file here that registers a ``FeatureSet``."""
