"""Logs read back with the true values of their parameters."""

from typing import TYPE_CHECKING

import numpy as np

from nas_problems.adapters.ioh_code import has_integer_code
from nas_problems.array import FloatArray
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.logged_run import LoggedRun
from optimizers.runlog import parameter_column

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING = 1e-6  # of a log's six decimals, and of what is a hair away from them


def codes_of(space: SearchSpace, positions: FloatArray) -> Codes:
    """Logged positions (n, d) as codes; of a table's row, whose numbers a log rounds, those of the row.

    Raises:
        ValueError: Positions that are not of the space.
    """
    if has_integer_code(space):
        return space.check(positions.round().astype(np.int64), "positions")
    Z = space.from_box(positions)
    if space.listing is None or not space.listing.draws_rows or not len(Z):
        return Z
    from scipy.spatial import KDTree  # slow to import

    known = space.listing.codes_of(np.arange(len(space.listing)))
    away, row = KDTree(space.to_box(known)).query(positions, p=np.inf)
    return np.where((away <= _ROUNDING)[:, None], known[row], Z)


def decoded(run: LoggedRun, problem: Problem) -> "pd.DataFrame":
    """A row per logged evaluation of a run, with the true value of every parameter in place of its position.

    Columns are ``evaluations``, the parameters, ``raw_y`` and the log's others; a column of a parameter that has the
    name of another one is called ``config.<name>``. Positions of the box have six decimals, and so have their values,
    apart from those of a table's rows, which are exact.

    Args:
        run: As ``optimizers.ioh_format.read_runs`` gives it.
        problem: What was searched; its instance does not matter.

    Returns:
        As a pandas frame.

    Raises:
        ValueError: A run of another problem, or without positions.

    >>> import tempfile, optimizers, nas_problems
    >>> from optimizers.ioh_format import read_runs
    >>> problem = nas_problems.make("fcnet-protein")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = optimizers.run("random-search", problem, budget=3, seed=1, folder=folder)
    ...     (run,) = read_runs(folder)
    >>> decoded(run, problem)["activation_2"].tolist()
    ['tanh', 'relu', 'relu']
    """
    import pandas as pd

    if (run.function_name, run.dimension) != (problem.label, problem.space.n_parameters):
        found = f"{run.function_name} with {run.dimension} variables"
        raise ValueError(f"run: wanted one of {problem.label} ({problem.space.n_parameters} variables), found {found}")
    positions = [f"x{j}" for j in range(run.dimension)]
    if not set(positions) <= set(run.columns):
        raise ValueError(f"{run.path}: wanted positions, found none; log them with store_positions=True")
    space = problem.variant(instance=run.instance).space
    configs = space.decode(codes_of(space, np.column_stack([run.columns[name] for name in positions])))
    logged = {name: column for name, column in run.columns.items() if name not in positions}
    parameters = {parameter_column(name, logged): [config[name] for config in configs] for name in space.names}
    evaluations = {"evaluations": logged.pop("evaluations").astype(np.int64)}
    return pd.DataFrame({**evaluations, **parameters, **logged})
