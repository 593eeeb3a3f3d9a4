"""Recommended solvers as a table."""

from collections.abc import Sequence

import pandas as pd

from ela.performance import Recommendation


def ranking_frame(ranking: Sequence[Recommendation], *, unit: str) -> pd.DataFrame:
    """A row per solver, best first.

    Args:
        ranking: Solvers, best first.
        unit: Of the expected loss.
    """
    return pd.DataFrame(
        [
            {
                "rank": rank,
                "solver": entry.solver,
                f"expected loss ({unit})": entry.loss,
                "2.5 %": entry.low,
                "97.5 %": entry.high,
                "best for share of parts": entry.best,
            }
            for rank, entry in enumerate(ranking, start=1)
        ]
    )
