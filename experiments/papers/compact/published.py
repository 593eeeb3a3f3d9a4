"""Table 5.3 of the paper: four runs on So2Sat LCZ42, Sentinel-2.

Source: traore2021compact.
"""

import pandas as pd

ROWS = ("OA d1", "AA d1", "kappa d1", "OA d2", "AA d2", "kappa d2", "parameters (M)", "MACs (M)")

TABLE = pd.DataFrame(
    {
        "ResNet-8": (60.25, 47.86, 0.565, 96.18, 88.91, 0.958, 0.08, 13.53),
        "ResNet-20": (64.85, 52.24, 0.615, 96.89, 89.75, 0.966, 0.27, 41.85),
        "ResNet-110": (67.60, 53.34, 0.645, 98.59, 91.91, 0.984, 1.73, 253.89),
        "S": (64.05, 50.39, 0.61, 98.15, 91.61, 0.980, 0.224, 30.37),
        "S+C": (64.25, 51.63, 0.61, 97.81, 91.12, 0.975, 0.165, 24.10),
        "S+D": (64.96, 54.02, 0.62, 98.00, 91.44, 0.980, 0.14, 20.05),
        "S+C+D": (64.00, 52.20, 0.61, 97.74, 91.08, 0.975, 0.130, 18.42),
    },
    index=pd.Index(ROWS, name="measure"),
).T.rename_axis(index="method")
"""The column that the paper calls ResNet32 is a ResNet-20: its parameters and multiply-accumulates are those."""
