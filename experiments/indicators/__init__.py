"""Indicators of reports, one file each; to add one, add a file here that registers an ``Indicator``."""
