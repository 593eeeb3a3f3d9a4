"""What NAS-Bench-201 prints about one-shot methods that searched on CIFAR-10.

Source: dong2020, table 5.
"""

import numpy as np
import pandas as pd

TABLES = {
    "nb201-cifar10": "CIFAR-10",
    "nb201-cifar100": "CIFAR-100",
    "nb201-imagenet16-120": "ImageNet16-120",
    "nb201-digits": "digits",
}
"""Tables in which found cells are looked up."""

_COLUMNS = [f"{data_set}: {part}" for data_set in list(TABLES.values())[:3] for part in ("validation", "test")]

TABLE_5 = pd.DataFrame(
    {
        "ENAS": (37.51, 53.89, 13.37, 13.96, 15.06, 14.84),
        "RSPS": (80.42, 84.07, 52.12, 52.31, 27.22, 26.28),
        "DARTS": (39.77, 54.30, 15.03, 15.61, 16.43, 16.32),
        "GDAS": (89.89, 93.61, 71.34, 70.70, 41.59, 41.71),
        "SETN": (84.04, 87.64, 58.86, 59.05, 33.06, 32.52),
        "ResNet": (90.83, 93.97, 70.42, 70.86, 44.53, 43.63),
        "optimum": (91.61, 94.37, 73.49, 73.51, 46.77, 47.31),
    },
    index=pd.Index(_COLUMNS, name="accuracy (%)"),
).T.rename_axis(index="method")
"""Accuracy in percent after 200 epochs of the cells found; DARTS of both orders found the same cell."""

SKIP_CELL = np.ones((1, 6), dtype=np.int64)
"""The cell of six skip connections, to which DARTS collapses."""
