"""The fitness landscape footprint: a bag of features that makes problems comparable.

>>> import ela, nas_problems
>>> found = ela.footprint(nas_problems.make("nb201-cifar10"), seed=1)
>>> found.n_optima, round(found.ruggedness, 2), found.is_exact
(13, 1.78, True)
"""

from ela.footprint.chart import RADAR_MEASURES, footprint_radar, footprint_table, reasons_table
from ela.footprint.measure import DEFAULT_BUDGET, footprint, persistence_levels
from ela.footprint.record import MEASURES, Footprint

__all__ = [
    "DEFAULT_BUDGET",
    "MEASURES",
    "RADAR_MEASURES",
    "Footprint",
    "footprint",
    "footprint_radar",
    "footprint_table",
    "persistence_levels",
    "reasons_table",
]
