"""Units of work whose results are files, so that the computation of a page can be interrupted and continued."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from nas_problems.atomic import replacing
from nas_problems.problem import Problem
from nas_problems.space import Codes


def stored(path: Path, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return the table in a file; compute and write it first if there is none.

    The file is written as a whole or not at all, and is always read back, so that numbers do not depend on which
    session computed them.

    Args:
        path: A csv file; its folder is made.
        compute: Returns the table.
    """
    if not path.exists():
        frame = compute()
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as new:
            frame.to_csv(new, index=False)
    return pd.read_csv(path)


def evaluated(path: Path, problem: Problem, Z: Codes) -> pd.DataFrame:
    """Return what evaluations measured, from a file as in ``stored``.

    Args:
        path: A csv file of these candidates on this problem alone.
        problem: A problem with one objective.
        Z: Codes, shape (n, d).

    Returns:
        One row per candidate: ``value``, minimised and NaN where the evaluation failed, and ``seconds``, its cost.
    """

    def evaluate() -> pd.DataFrame:
        evaluations = problem.evaluate(Z, metrics=problem.objective_metrics)
        value = np.where(evaluations.failed, np.nan, problem.minimised(evaluations))
        return pd.DataFrame({"value": value, "seconds": evaluations.cost_seconds})

    return stored(path, evaluate)
