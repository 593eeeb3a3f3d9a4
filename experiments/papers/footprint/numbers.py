"""Numbers that the paper and its notebooks print; none of our own measurements.

Source: traore2021.
"""

import pandas as pd

from ela.landscape.density import FAMILIES

PUBLISHED = {
    "nb101-cifar10": {
        "fitness_mean": 16.4,
        "fitness_sd": 9.0,
        "ruggedness": 1.93,
        "n_optima_birthday": 6373,
        "persistence_positive": 0.32,
        "persistence_positive_area": 0.1,
        "persistence_negative": 0.064,
        "persistence_negative_area": 0.043,
    },
    "nb101-so2sat-lcz42": {
        "fitness_mean": 18.0,
        "fitness_sd": 10.0,
        "ruggedness": 1.75,
        "n_optima_birthday": 11_153,
        "persistence_positive": 0.32,
        "persistence_positive_area": 0.48,
        "persistence_negative": 0.28,
        "persistence_negative_area": 0.26,
    },
}
"""Footprints from the authors' notebooks, with accuracies turned into errors; 36 epochs. Their table for LCZ42 gives
the optima as .875, a share of a sample; the number here is the paper's."""

TABLES_1_2 = pd.DataFrame(
    {
        "data": ["CIFAR-10 (published, NB101)"] * 3 + ["So2Sat LCZ42 (published, NB101)"] * 3,
        "family": [*FAMILIES] * 2,
        "log likelihood": [500_729.3, 534_817, 250_868, 84.47, 83.32, 92.24],
        "AIC": [-1_001_455, -1_069_630, -501_732, -164.91, -162.64, -180.48],
        "BIC": [-1_001_433, -1_069_608, -501_710, -159.73, -157.43, -175.27],
    }
)
"""Tables 1 and 2. The likelihood of beta on CIFAR-10 is printed as 5007293; its AIC says 500729.3."""

LOCAL_SEARCHES = pd.DataFrame(
    {
        "searches": [f"published, row {i}" for i in range(1, 10)] + ["published, summary"],
        "steps": [2.90, 2.89, 2.78, 3.02, 2.86, 3.01, 2.83, 2.80, 2.70, 2.86],
        "improvement (points)": [4.53, 5.48, 4.76, 5.55, 5.06, 4.5, 5.77, 4.78, 4.79, 5.03],
        "first repeat": [94, 57, 26, 58, 38, 195, 52, 129, 197, 94],
        "cardinality": [6373, 2343, 487, 2426, 1041, 27_429, 1950, 12_003, 27_994, 6373],
    }
)
"""Table 3: nine trials of 200 local searches on NAS-Bench-101 at 36 epochs."""

WALKS = pd.DataFrame(
    {
        "walks": [
            "published, CIFAR-10",
            "published, CIFAR-10",
            "published, CIFAR-10",
            "published, So2Sat LCZ42",
            "published, So2Sat LCZ42",
        ],
        "walk": ["all 30", "1", "16", "1", "16"],
        "autocorrelation": [0.5173, 0.5932, 0.6594, 0.5765, 0.5677],
        "median accuracy (%)": [float("nan"), 89.0, 58.0, float("nan"), float("nan")],
        "sd (points)": [float("nan"), 3.0, 14.0, float("nan"), float("nan")],
    }
)
"""Random walks at 36 epochs: section 5.3, and the autocorrelations of the authors' notebooks."""

OPTIMA_RATIO, OPTIMA_LCZ42 = 1.75, 11_153
"""Ratio of LCZ42 to CIFAR-10 by equation 9, and the number of optima that follows from it by equation 10."""
