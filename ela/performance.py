"""How solvers do on the BBOB functions, and what that recommends for a problem whose place among them is known.

Two sources: COCO's published running times (a folder of the user's), and our own registered solvers, run
on BBOB through ioh (``iohnas portfolio build``; the numbers come with the package).

Source: kerschke2019 (per-instance selection from landscape features).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ela.bbob import N_FUNCTIONS
from ela.placement import Placement
from nas_problems.array import LARGEST_COUNT, FloatArray, IntArray, brief, check_count
from nas_problems.checked import checked
from nas_problems.csv_file import read_frame
from nas_problems.exception import describe
from nas_problems.text_table import column, read_text_table

if TYPE_CHECKING:
    import pandas as pd

COCO_FILE = "ert_multi_target_18_solvers.csv.gz"
COCO_TARGETS = (1.0, 0.0, -1.0, -2.0, -3.0, -5.0, -7.0)
"""log10 of the precisions that count."""

COCO_COLUMNS: Mapping[str, tuple[float, float]] = {
    "solver": (np.nan, np.nan),
    "fid": (1, 1e6),
    "dim": (1, 1e6),
    "log10_target": (-400, 400),
    "ert": (1e-9, np.inf),
}
"""Columns of COCO's table, and the range of their numbers."""

_EQUAL = 1e-9  # of losses: means of the same values in another order
_WORST_RATIO = 1e4  # of running times or precisions: no solver counts as more than this much worse than the best


@dataclass(frozen=True)
class Performance:
    """How well solvers do on each BBOB function.

    Args:
        solvers: Their names.
        loss: What is lost against the best solver on each function, smaller is better; shape (solvers, 24).
        unit: What a loss is, for tables.
        label: Where the numbers come from, for captions.

    >>> table = own_performance(dimension=5)
    >>> table.loss.shape == (len(table.solvers), 24), table.single_best in table.solvers
    (True, True)
    """

    solvers: tuple[str, ...]
    loss: FloatArray
    unit: str
    label: str

    @property
    def single_best(self) -> str:
        """The solver with the smallest mean loss over the 24 functions (SBS)."""
        return self.solvers[int(self.loss.mean(axis=1).argmin())]

    @checked
    def only(self, solvers: Sequence[str]) -> "Performance":
        """The performance of some solvers, in their order.

        Raises:
            KeyError: A solver that it does not have.
            ValueError: No solver, or something else than names.
        """
        if not solvers:
            raise ValueError(f"solvers: wanted some of {self.solvers}, found none")
        missing = [name for name in solvers if name not in self.solvers]
        if missing:
            raise KeyError(f"solvers: wanted some of {self.solvers}, found {missing}")
        rows = [self.solvers.index(name) for name in solvers]
        loss = self.loss[rows]
        return Performance(tuple(solvers), loss - loss.min(axis=0), self.unit, self.label)


@dataclass(frozen=True)
class Recommendation:
    """One solver for one problem.

    Args:
        solver: Its name.
        loss: Expected loss on the problem's nearest functions: mean over the parts of its design.
        low: 2.5 % quantile over the parts.
        high: 97.5 % quantile.
        best: Share of the parts for which it is the best choice; of equally good ones each has its part of the share.
    """

    solver: str
    loss: float
    low: float
    high: float
    best: float


@checked
def recommend(placement: Placement, performance: Performance) -> tuple[Recommendation, ...]:
    """Solvers ranked by their expected loss on the functions nearest to a problem.

    For each part of the problem's design: the mean of a solver's losses, weighted by the share of each
    function among the nearest rows.

    Returns:
        One entry per solver, best first.
    """
    expected = placement.shares @ performance.loss.T  # (parts, solvers)
    winners = shares_of_best(expected)
    low, high = np.quantile(expected, [0.025, 0.975], axis=0)
    means = expected.mean(axis=0)
    return tuple(
        Recommendation(performance.solvers[i], float(means[i]), float(low[i]), float(high[i]), float(winners[i]))
        for i in np.argsort(means, kind="stable")
    )


def shares_of_best(loss: FloatArray) -> FloatArray:
    """Share of the rows in which each column is the smallest, (n,); columns that tie divide theirs.

    Args:
        loss: On a log scale, (rows, n).

    >>> shares_of_best(np.array([[0.0, 0.0, 1.0], [0.0, 2.0, 1.0]])).tolist()
    [0.75, 0.25, 0.0]
    """
    is_best = loss <= loss.min(axis=1, keepdims=True) + _EQUAL
    return np.asarray((is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0))


# ---- COCO's tables


@checked
def load_coco(path: str | Path, *, dimension: int) -> Performance:
    """Performance from a table of expected running times.

    Args:
        path: A csv (or csv.gz) with the columns solver, fid, dim, log10_target, ert (evaluations; inf where
            a target was never hit), or a folder with ``ert_multi_target_18_solvers.csv.gz``.
        dimension: The problem's number of variables; the nearest dimension (on a log scale) of the table is used.

    Returns:
        The loss of a solver on a function: mean over targets of log10(ERT / best ERT), at most 4 per target.
        Targets that no solver hits do not count; solvers without all 24 functions are left out.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Not a csv, columns are missing, a number that cannot be, a row that is there twice, or no solver has
            all functions.

    Source: hansen2021, section 4 (ERT).
    """
    import pandas as pd

    check_count(dimension, "dimension", 1)
    file = Path(path)
    if file.is_dir():
        file = file / COCO_FILE
    if not file.is_file():
        raise FileNotFoundError(f"performance: wanted a table such as {COCO_FILE}, found no file {file}")
    try:
        frame = read_frame(file)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, EOFError, OSError) as error:
        raise ValueError(f"{file.name}: wanted a csv, found {describe(error)}") from error
    if missing := [name for name in COCO_COLUMNS if name not in frame.columns]:
        raise ValueError(f"{file.name}: wanted the columns {list(COCO_COLUMNS)}, found no {missing}")
    for name, (low, high) in COCO_COLUMNS.items():
        if name != "solver":
            frame[name] = _numbers(frame[name], low, high, f"{file.name}: column {name}")
    dimensions = np.sort(frame["dim"].unique())
    if not len(dimensions):
        raise ValueError(f"{file.name}: wanted rows, found a header alone")
    nearest = int(dimensions[np.abs(np.log(dimensions) - np.log(dimension)).argmin()])
    frame["log10_target"] = frame["log10_target"].round(6)  # the same for all solvers
    is_wanted = (
        (frame["dim"] == nearest)
        & frame["log10_target"].isin(COCO_TARGETS)
        & frame["fid"].isin(range(1, N_FUNCTIONS + 1))
    )
    frame = frame[is_wanted]
    again = frame[frame.duplicated(["solver", "fid", "log10_target"])]
    if len(again):
        solver, function, target = again[["solver", "fid", "log10_target"]].iloc[0]
        raise ValueError(
            f"{file.name}: wanted each solver, function and target once in {nearest}-d, found {brief(str(solver))} on "
            f"f{function:g} with log10_target {target:g} twice"
        )
    ratios = _log_ratios(frame)
    if ratios.empty:
        raise ValueError(f"{file.name}: wanted a solver with all {N_FUNCTIONS} functions in {nearest}-d, found none")
    return Performance(
        tuple(ratios.index),
        ratios.to_numpy(dtype=np.float64),
        unit="log10(ERT / best ERT)",
        label=f"COCO tables, {len(ratios)} solvers in {nearest}-d",
    )


def _numbers(cells: "pd.Series[object]", low: float, high: float, name: str) -> "pd.Series[float]":
    """A column as numbers in a range, where NaN is a running time that is not known.

    Raises:
        ValueError: Something that is not a number, or is out of range.
    """
    import pandas as pd

    numbers = pd.to_numeric(cells, errors="coerce").astype(np.float64)
    wrong = (numbers.isna() & (cells.notna() | np.isfinite(high))) | (numbers < low) | (numbers > high)
    if wrong.any():
        raise ValueError(f"{name}: wanted numbers in {low:g} ... {high:g}, found {brief(str(cells[wrong].iloc[0]))}")
    return numbers


def _log_ratios(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Mean log10 ratio to the best solver, solvers x functions."""
    import pandas as pd

    worst = np.log10(_WORST_RATIO)
    tested = frame.groupby("solver")["fid"].nunique()
    complete = sorted(tested.index[tested == N_FUNCTIONS])
    frame = frame[frame["solver"].isin(complete)]
    loss = pd.DataFrame(index=complete)
    for function in range(1, N_FUNCTIONS + 1):
        part = frame[frame["fid"] == function]
        table = part.pivot_table(index="solver", columns="log10_target", values="ert", dropna=False)
        times = table.to_numpy(dtype=np.float64)
        times = times[:, np.isfinite(times).any(axis=0)]
        ratio = (
            np.minimum(np.log10(times / np.nanmin(times, axis=0)), worst) if times.size else np.zeros((len(table), 1))
        )
        loss[function] = pd.Series(np.nan_to_num(ratio, nan=worst).mean(axis=1), index=table.index)
    return loss


# ---- our own solvers

OWN_COLUMNS = ("solver", "dimension", "function", "budget", "runs", "aocc", "log10_precision")
"""Columns of the shipped table. ``budget``: evaluations per variable. ``aocc``: area over the convergence
curve, see ``aocc``, mean over runs. ``log10_precision``: log10 of best value minus optimum, median over runs."""

_OWN_LAYOUTS = dict(
    zip(
        OWN_COLUMNS,
        (
            column("U"),
            column("i", 1, LARGEST_COUNT),
            column("i", 1, N_FUNCTIONS),
            column("f", 1e-9),
            column("i", 1, LARGEST_COUNT),
            column("f", 0, 1),
            column("f"),
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class OwnTable:
    """Runs of our own solvers on BBOB; one row per solver, dimension, function and budget.

    Args:
        solver: Name.
        dimension: Number of variables.
        function: Function number.
        budget: Evaluations per variable.
        aocc: Mean area over the convergence curve.
        log10_precision: log10 of best value minus optimum, median over runs.
    """

    solver: tuple[str, ...]
    dimension: IntArray
    function: IntArray
    budget: FloatArray
    aocc: FloatArray
    log10_precision: FloatArray


def read_own(text: str) -> OwnTable:
    """Read a table made by ``iohnas portfolio build``.

    Raises:
        ValueError: Other columns, a number that cannot be, or a row that is there twice.
    """
    table = read_text_table(
        text, what="portfolio", columns=_OWN_LAYOUTS, key=("solver", "dimension", "function", "budget")
    )
    names = ("dimension", "function", "budget", "aocc", "log10_precision")
    return OwnTable(table.texts["solver"], *(table.numbers[name] for name in names))


@cache
def _shipped_own() -> OwnTable:
    return read_own(resources.files("ela").joinpath("data/portfolio_bbob.csv").read_text())


@checked
def own_performance(*, dimension: int, budget: float = 1000, table: OwnTable | None = None) -> Performance:
    """Performance of our own solvers on BBOB.

    Args:
        dimension: The problem's number of variables; the nearest dimension of the table is used.
        budget: Evaluations per variable that the user has; the nearest budget of the table is used.
        table: Another table than the shipped one.

    Returns:
        The loss of a solver on a function: by how many orders of magnitude its precision at that budget is worse
        than the best solver's, at most 4. (The area over the convergence curve is in the table too, but with few
        evaluations in 20-d most solvers end above 1e2 and have none.)

    Raises:
        ValueError: A number that is not positive, or a table in which a solver lacks a function.
    """
    runs = _shipped_own() if table is None else table
    check_count(dimension, "dimension", 1)
    if not 0 < budget < np.inf:
        raise ValueError(f"budget: wanted a positive, finite number, found {brief(budget)}")
    d = _nearest(runs.dimension, dimension)
    b = _nearest(runs.budget[runs.dimension == d], budget)
    chosen = np.flatnonzero((runs.dimension == d) & (runs.budget == b))
    solvers = tuple(sorted({runs.solver[i] for i in chosen}))
    reached = np.full((len(solvers), N_FUNCTIONS), np.nan)
    for i in chosen:
        reached[solvers.index(runs.solver[i]), runs.function[i] - 1] = runs.log10_precision[i]
    if np.isnan(reached).any():
        s, f = np.argwhere(np.isnan(reached))[0]
        raise ValueError(
            f"portfolio: {solvers[s]} has no run on f{f + 1} in {d:g}-d with {b:g} evaluations per variable"
        )
    return Performance(
        solvers,
        np.minimum(reached - reached.min(axis=0), np.log10(_WORST_RATIO)),
        unit="log10 of precision lost",
        label=f"our own runs on BBOB, {len(solvers)} solvers in {d:g}-d, {b:g} evaluations per variable",
    )


def _nearest(known: IntArray | FloatArray, wanted: float) -> float:
    distinct = np.unique(known).astype(np.float64)
    return float(distinct[np.abs(np.log(distinct) - np.log(wanted)).argmin()])


def aocc(precisions: FloatArray, budget: int, *, low: float = 1e-8, high: float = 1e2) -> float:
    """Area over the convergence curve on a log scale, in [0, 1]; larger is better.

    Args:
        precisions: Value minus optimum of each evaluation in their order, shape (evaluations,).
        budget: Evaluations that count; a run that ended before keeps its best.
        low: Precision that counts as solved.
        high: Precision that counts as nothing reached.

    Raises:
        ValueError: No evaluation, or ``budget`` below 1.

    Source: lopezibanez2024, section III.

    >>> aocc(np.array([1e2, 1e-8]), 2)
    0.5
    """
    if not len(precisions) or budget < 1:
        raise ValueError(f"precisions, budget: wanted at least one of each, found {len(precisions)}, {budget}")
    best = np.minimum.accumulate(precisions[:budget])
    logs = np.log10(np.minimum(np.maximum(best, low), high))
    share = (np.log10(high) - logs) / (np.log10(high) - np.log10(low))
    return float((share.sum() + share[-1] * (budget - len(best))) / budget)
