"""One file per predictor of learning curves."""
