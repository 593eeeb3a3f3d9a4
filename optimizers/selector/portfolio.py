"""Losses of solvers and schedules in recorded runs, on problems of many kinds, and features of the problems."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from nas_problems.array import LARGEST_COUNT, FloatArray, IntArray
from nas_problems.array_file import Layout
from optimizers.selector.features import NAMES
from optimizers.selector.file import FileLayout, read, write

REFERENCE = "random-search"
"""What losses are relative to."""

SOURCES = {
    "NAS": ("nb201-", "nb101-", "macro-", "spikenas-"),
    "HPO": ("fcnet-", "mlp-", "yahpo-"),
    "BBOB and PBO": ("bbob-", "pbo-", "mixint-", "shuffled-", "ma-bbob"),
}
"""Name -> what the problems' names begin with."""


def family_of(problem: str) -> str:
    """Problems of one family are alike, and are held out together.

    >>> family_of("nb201-cifar10"), family_of("yahpo-lcbench-3945"), family_of("bbob-f8[dimension=2]")
    ('nb201', 'yahpo-lcbench', 'bbob')
    """
    parts = problem.split("-")
    return "-".join(parts[:2]) if parts[0] == "yahpo" else parts[0]


def source_of(problem: str) -> str:
    """One of ``SOURCES``; ``other`` for a problem of the user's."""
    return next((name for name, prefixes in SOURCES.items() if problem.startswith(prefixes)), "other")


def is_analytic(problem: str) -> bool:
    """Whether a problem is a formula of ioh."""
    return problem.startswith(SOURCES["BBOB and PBO"])


@dataclass(frozen=True, eq=False)
class Portfolio:
    """How solvers and schedules did on problems.

    Args:
        problems: As ``iohnas run --problems`` takes them, (P,).
        solvers: Registered names, or plans of ``schedule``, (S,).
        budgets: Total evaluations, increasing, (B,).
        loss: log2 of a run's mean regret over the first so many evaluations, divided by that of a random search that
            starts with the same candidates; mean over runs, (B, S, P); NaN: not run.
        error: Its standard error over runs, (B, S, P); NaN for one run.
        runs: How many, (B, S, P).
        features: In the order of ``NAMES``, of several designs of ``n_design`` uniform candidates, (P, R, F); R = 0:
            not computed.
        n_design: Evaluations of a design.
        seeds: Of runs that plans made, increasing, (K,).
        evaluations: Of the run of each solver on each problem with each seed, (S, P, K); 0: there is none, or its seed
            was not recorded, as in files of version 1 and in searches of studies.
        shared: Share of the variance of a run's loss that all solvers with its seed have in common, as they are
            compared with the same random search, (B, P); NaN: not known.
    """

    problems: tuple[str, ...]
    solvers: tuple[str, ...]
    budgets: IntArray
    loss: FloatArray
    error: FloatArray
    runs: IntArray
    features: FloatArray
    n_design: int
    seeds: IntArray
    evaluations: IntArray
    shared: FloatArray
    feature_names: tuple[str, ...] = NAMES

    @property
    def families(self) -> tuple[str, ...]:
        """Of each problem."""
        return tuple(family_of(name) for name in self.problems)

    def nearest_budget(self, budget: float) -> int:
        """Row of the budget that is nearest on a log scale."""
        return int(np.abs(np.log(self.budgets / budget)).argmin())

    def only(self, wanted: Callable[[str], bool]) -> "Portfolio":
        """The part with the problems whose names are wanted."""
        return self.rows([p for p, name in enumerate(self.problems) if wanted(name)])

    def rows(self, kept: list[int]) -> "Portfolio":
        """The part with some of the problems, by row, in the given order."""
        return replace(
            self,
            problems=tuple(self.problems[p] for p in kept),
            loss=self.loss[..., kept],
            error=self.error[..., kept],
            runs=self.runs[..., kept],
            features=self.features[kept],
            evaluations=self.evaluations[:, kept],
            shared=self.shared[:, kept],
        )

    def at(self, budget: float) -> "Portfolio":
        """The part at the nearest budget: its problems, and the solvers that have run on all of them.

        Raises:
            ValueError: Random search is not among the solvers.
        """
        if REFERENCE not in self.solvers:
            raise ValueError(f"solvers: wanted {REFERENCE} among them, found {self.solvers}")
        b = self.nearest_budget(budget)
        there = np.flatnonzero(~np.isnan(self.loss[b, self.solvers.index(REFERENCE)]))
        kept = np.flatnonzero(~np.isnan(self.loss[b][:, there]).any(axis=1)) if len(there) else np.arange(0)
        return replace(
            self.rows(there.tolist()),
            solvers=tuple(self.solvers[s] for s in kept),
            budgets=self.budgets[[b]],
            loss=self.loss[b][kept][:, there][None],
            error=self.error[b][kept][:, there][None],
            runs=self.runs[b][kept][:, there][None],
            evaluations=self.evaluations[kept][:, there],
            shared=self.shared[[b]][:, there],
        )

    def save(self, path: Path | str) -> None:
        """Write the portfolio as a file of iohnas; numbers are rounded to single precision."""
        write(path, self, _LAYOUT)

    @classmethod
    def load(cls, path: Path | str) -> "Portfolio":
        """Read what ``save`` wrote.

        Raises:
            OSError: It cannot be read.
            ValueError: Another kind of file, one that is damaged or was changed, or one with other features.
        """
        columns = read(path, _LAYOUT)
        if columns["feature_names"] != NAMES:
            raise ValueError(f"{path}: wanted a portfolio with the features of this version, found others")
        unknown = unknown_runs(*columns["loss"].shape)
        return cls(**dict(zip(("seeds", "evaluations", "shared"), unknown, strict=True)) | columns)


def unknown_runs(n_budgets: int, n_solvers: int, n_problems: int) -> tuple[IntArray, IntArray, FloatArray]:
    """``seeds``, ``evaluations`` and ``shared`` of a ``Portfolio`` of whose runs nothing else is known."""
    return (
        np.empty(0, dtype=np.int64),
        np.zeros((n_solvers, n_problems, 0), dtype=np.int64),
        np.full((n_budgets, n_problems), np.nan),
    )


_MOST = 1e30  # of a loss, an error or a feature: what was measured is far below

_LAYOUT = FileLayout(
    "a portfolio of 'iohnas portfolio pack'",
    {
        "budgets": Layout("iu", ("B",), low=1, high=LARGEST_COUNT, increasing=True),
        "loss": Layout("f", ("B", "S", "P"), low=-_MOST, high=_MOST, finite=False),
        "error": Layout("f", ("B", "S", "P"), low=0, high=_MOST, finite=False),
        "runs": Layout("iu", ("B", "S", "P"), low=0, high=LARGEST_COUNT),
        "features": Layout("f", ("P", "R", "F"), low=-_MOST, high=_MOST, finite=False),
        "seeds": Layout("iu", ("K",), low=0, increasing=True),
        "evaluations": Layout("iu", ("S", "P", "K"), low=0),
        "shared": Layout("f", ("B", "P"), low=0, high=1, finite=False),
    },
    names={"problems": "P", "solvers": "S", "feature_names": "F"},
    counts=("n_design",),
    distinct=("problems", "solvers", "feature_names"),
    since={"seeds": 2, "evaluations": 2, "shared": 3},
    version=3,
    single=True,
)


@cache
def shipped_portfolio() -> Portfolio:
    """The portfolio that comes with the package.

    Made by ``iohnas portfolio run optimizers/data/portfolio_plan.toml`` and ``iohnas portfolio pack``.
    """
    with resources.as_file(resources.files("optimizers").joinpath("data/portfolio.npz")) as path:
        return Portfolio.load(path)


@cache
def shipped_races() -> Portfolio:
    """Runs of a race and of single solvers with the same seeds, which come with the package.

    Made by ``iohnas portfolio run optimizers/data/races_plan.toml`` and ``iohnas portfolio pack --runs-alone``.
    """
    with resources.as_file(resources.files("optimizers").joinpath("data/races.npz")) as path:
        return Portfolio.load(path)
