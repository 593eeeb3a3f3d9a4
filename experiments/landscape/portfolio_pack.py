"""Packing the runs of a plan, earlier packs and recorded searches into one portfolio."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from experiments.landscape.portfolio_runs import Part, make_noisy, path_of, read_curve
from nas_problems.array import BoolArray, FloatArray, IntArray
from nas_problems.problem import Problem
from optimizers.selector import describe
from optimizers.selector.portfolio import REFERENCE, Portfolio, is_analytic
from optimizers.solver_text import parse_solver

BUDGETS = (30, 50, 100, 200, 300, 500, 1000)
"""Total evaluations at which a portfolio has losses."""

N_DESIGN = 30
"""Evaluations of the designs whose features a portfolio has."""

_N_DESIGNS = 8
_MOST = 4.0  # log2 of the largest ratio that one run can have: early luck has no bound


@dataclass(frozen=True, eq=False)
class _Losses:
    """Losses of solvers at ``BUDGETS`` on one problem; fields as in ``Portfolio``, (B, S) each."""

    loss: FloatArray
    error: FloatArray
    runs: IntArray

    @classmethod
    def none(cls, n_solvers: int) -> "_Losses":
        shape = (len(BUDGETS), n_solvers)
        return cls(np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64))

    @property
    def is_known(self) -> BoolArray:
        return np.asarray(~np.isnan(self.loss))

    def where(self, kept: BoolArray, other: "_Losses") -> "_Losses":
        """These where ``kept``, and those of another elsewhere."""
        return _Losses(
            np.where(kept, self.loss, other.loss),
            np.where(kept, self.error, other.error),
            np.where(kept, self.runs, other.runs),
        )

    def pooled(self, other: "_Losses") -> "_Losses":
        """The mean over the runs of both, and its standard error."""
        n, m = self.runs * self.is_known, other.runs * other.is_known
        total = np.maximum(n + m, 1)
        means = np.nan_to_num(self.loss), np.nan_to_num(other.loss)
        mean = (n * means[0] + m * means[1]) / total
        squares = sum(
            np.nan_to_num(each.error) ** 2 * k * (k - 1) + k * (own - mean) ** 2
            for each, k, own in ((self, n, means[0]), (other, m, means[1]))
        )
        several = n + m > 1
        error = np.where(several, np.sqrt(squares / total / np.maximum(n + m - 1, 1)), np.nan)
        return _Losses(np.where(n + m > 0, mean, np.nan), error, n + m)


def pack(
    plan: tuple[Part, ...],
    folder: Path,
    *,
    tables: Sequence[Portfolio] = (),
    earlier: Portfolio | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Portfolio:
    """Losses of the finished runs of a plan, and features of its problems.

    A run counts at a budget where it and its random search have got so far. Where no optimum is known, regret is the
    distance to the best value that any run has seen.

    Args:
        plan: Its parts.
        folder: Where runs are kept.
        tables: Searches of ``iohnas portfolio learn``, which fill in what was not run here. They are ratios of mean
            regrets over independent runs, not means over pairs of runs with the same start. On problems of which only
            they tell, a solver stands for the plan in which it follows a design, too.
        earlier: A portfolio of runs with other seeds, packed with the same tables. Its runs are averaged with those of
            the folder; where no optimum is known, and regrets are therefore measured from another value, those of the
            folder take their place.
        report: Called with a line for each problem.

    Raises:
        ValueError: No finished run, or one that the earlier portfolio has as well.
    """
    names = list(dict.fromkeys(name for part in plan for name in part.problems))
    texts = list(dict.fromkeys(solver for part in plan for solver in part.solvers))
    seeds = sorted({seed for part in plan for seed in part.seeds})
    known_seeds = seeds if earlier is None else sorted({*seeds, *earlier.seeds.tolist()})
    measured = [name for name in names if any(path_of(folder, name, REFERENCE, seed).is_file() for seed in seeds)]
    if not measured:
        raise ValueError(f"{folder}: wanted finished runs, found none")
    before: tuple[Sequence[str], Sequence[str]] = ((), ()) if earlier is None else (earlier.solvers, earlier.problems)
    plans = {_plan_text(text): text for text in texts}
    solvers = list(dict.fromkeys([*before[0], *plans, *(name for table in tables for name in table.solvers)]))
    problems = list(dict.fromkeys([*before[1], *measured, *(name for table in tables for name in table.problems)]))
    columns, features, evaluations, shared = [], [], [], []
    for name in problems:
        problem = make_noisy(name)
        recorded = _recorded(tables, name, solvers)
        ratios = _ratios(folder, problem, name, solvers, plans, seeds)
        own, in_common = _losses(ratios), _shared(ratios)
        made = _evaluations(folder, name, solvers, plans, known_seeds)
        if earlier is not None and name in earlier.problems:
            old_runs = _evaluations_of(earlier, name, solvers, known_seeds)
            if _has_target(problem, name):
                _refuse_twice(made, old_runs, name, solvers, known_seeds)
            else:  # its earlier runs are replaced
                old_runs = np.where(made.any(axis=1, keepdims=True), 0, old_runs)
            made = np.maximum(made, old_runs)
            in_common = np.where(np.isnan(in_common), _shared_of(earlier, name), in_common)
            old = _of_portfolio(earlier, name, solvers)
            filled_in = np.isclose(old.loss, recorded.loss, rtol=0, atol=1e-5) & (old.runs == recorded.runs)
            ran = old.is_known & ~filled_in
            old = old.where(ran, _Losses.none(len(solvers)))
            own = own.pooled(old) if _has_target(problem, name) else own.where(own.is_known, old)
        stood_in = recorded if own.is_known.any() else _stand_in(recorded, solvers)
        columns.append(own.where(own.is_known, stood_in))
        features.append(_features(problem))
        evaluations.append(made)
        shared.append(in_common)
        report(f"packed: {name}")
    return Portfolio(
        tuple(problems),
        tuple(solvers),
        np.array(BUDGETS, dtype=np.int64),
        np.stack([each.loss for each in columns], axis=2),
        np.stack([each.error for each in columns], axis=2),
        np.stack([each.runs for each in columns], axis=2),
        np.stack(features),
        N_DESIGN,
        np.array(known_seeds, dtype=np.int64),
        np.stack(evaluations, axis=1),
        np.stack(shared, axis=1),
    )


def with_features(table: Portfolio, *, designs: bool = True) -> Portfolio:
    """A portfolio, such as one of ``iohnas portfolio learn``, with the features of its problems.

    Args:
        table: The portfolio.
        designs: Whether to evaluate designs, some hundred candidates of each problem; else only features of the spaces
            are known, and the others are NaN.

    Raises:
        KeyError: A problem that is not registered.
    """
    problems = [make_noisy(name) for name in table.problems]
    rows = [_features(problem) if designs else describe(problem.space)[None] for problem in problems]
    return replace(table, features=np.stack(rows), n_design=N_DESIGN)


def _recorded(tables: Sequence[Portfolio], name: str, solvers: Sequence[str]) -> _Losses:
    """What tables say of a problem; the first that knows a solver counts."""
    losses = _Losses.none(len(solvers))
    for table in tables:
        if name in table.problems:
            losses = losses.where(losses.is_known, _of_portfolio(table, name, solvers))
    return _Losses(np.clip(losses.loss, -_MOST, _MOST), losses.error, losses.runs)


def _stand_in(recorded: _Losses, solvers: Sequence[str]) -> _Losses:
    """The same with a solver's losses for those of the plan in which it follows a design."""
    source = list(range(len(solvers)))
    start = f"{REFERENCE}:{N_DESIGN}:"
    for s, solver in enumerate(solvers):
        if (plain := solver.removeprefix(start)) != solver and plain in solvers:
            source[s] = solvers.index(plain)
    return _Losses(recorded.loss[:, source], recorded.error[:, source], recorded.runs[:, source])


def _of_portfolio(portfolio: Portfolio, name: str, solvers: Sequence[str]) -> _Losses:
    """Losses of a portfolio on one problem, in the order of ``solvers`` and ``BUDGETS``."""
    losses = _Losses.none(len(solvers))
    p = portfolio.problems.index(name)
    columns = [solvers.index(solver) for solver in portfolio.solvers]
    for row, budget in enumerate(portfolio.budgets.tolist()):
        if budget in BUDGETS:
            b = BUDGETS.index(budget)
            losses.loss[b, columns] = portfolio.loss[row, :, p]
            losses.error[b, columns] = portfolio.error[row, :, p]
            losses.runs[b, columns] = portfolio.runs[row, :, p]
    return losses


def _evaluations_of(portfolio: Portfolio, name: str, solvers: Sequence[str], seeds: Sequence[int]) -> IntArray:
    """Evaluations of the runs of a portfolio on one problem, (solvers, seeds)."""
    counts = np.zeros((len(solvers), len(seeds)), dtype=np.int64)
    rows = [solvers.index(solver) for solver in portfolio.solvers]
    columns = [seeds.index(seed) for seed in portfolio.seeds.tolist()]
    counts[np.ix_(rows, columns)] = portfolio.evaluations[:, portfolio.problems.index(name)]
    return counts


def _evaluations(
    folder: Path, name: str, solvers: Sequence[str], plans: dict[str, str], seeds: Sequence[int]
) -> IntArray:
    """Evaluations of the runs in a folder that have their random search, as far as both have got, (solvers, seeds)."""
    counts = np.zeros((len(solvers), len(seeds)), dtype=np.int64)
    for solver, text in plans.items():
        for k, seed in enumerate(seeds):
            run, base = path_of(folder, name, text, seed), path_of(folder, name, REFERENCE, seed)
            if run.is_file() and base.is_file():
                counts[solvers.index(solver), k] = min(len(read_curve(run)), len(read_curve(base)))
    return counts


def _refuse_twice(made: IntArray, before: IntArray, name: str, solvers: Sequence[str], seeds: Sequence[int]) -> None:
    """Refuse runs that are there already.

    Raises:
        ValueError: The first of them.
    """
    if (twice := (made > 0) & (before > 0)).any():
        s, k = np.argwhere(twice)[0]
        raise ValueError(
            f"update: wanted runs that the earlier portfolio does not have, found {solvers[s]} on {name} with seed "
            f"{seeds[k]} in both"
        )


def _plan_text(solver: str) -> str:
    """A schedule's plan alone, and any other solver as it is."""
    configured = parse_solver(solver)
    return str(configured.options["plan"]) if configured.name == "schedule" else solver


def _has_target(problem: Problem, name: str) -> bool:
    """Whether regrets are measured from the optimum; of analytic problems ioh knows it."""
    return problem.optimum is not None or (is_analytic(name) and problem.lower_bound is not None)


def _ratios(
    folder: Path, problem: Problem, name: str, solvers: Sequence[str], plans: dict[str, str], seeds: Sequence[int]
) -> FloatArray:
    """Log2 losses of the runs of a problem, (budgets, solvers, seeds); NaN where there is none so long."""
    curves = {
        (solver, seed): read_curve(path)
        for solver, text in plans.items()
        for seed in seeds
        if (path := path_of(folder, name, text, seed)).is_file()
    }
    ratios = np.full((len(BUDGETS), len(solvers), len(seeds)), np.nan)
    zero = 0.0 if _has_target(problem, name) else min((float(curve.min()) for curve in curves.values()), default=0.0)
    for (solver, seed), curve in curves.items():
        base = curves.get((REFERENCE, seed))
        for b, budget in enumerate(BUDGETS):
            if base is not None and min(len(curve), len(base)) >= budget:
                area, reference = (float((each[:budget] - zero).mean()) for each in (curve, base))
                tiny = 1e-9 * max(reference, 1e-12)
                ratio = np.log2((area + tiny) / (reference + tiny)) if reference > 0 else 0.0
                ratios[b, solvers.index(solver), seeds.index(seed)] = np.clip(ratio, -_MOST, _MOST)
    return ratios


def _losses(ratios: FloatArray) -> _Losses:
    """Mean log2 losses over the runs of a problem, their standard errors and numbers."""
    losses = _Losses.none(ratios.shape[1])
    for b, s in np.argwhere(~np.isnan(ratios).all(axis=2)):
        made = ratios[b, s][~np.isnan(ratios[b, s])]
        n = len(made)
        losses.loss[b, s], losses.runs[b, s] = np.mean(made), n
        losses.error[b, s] = np.std(made, ddof=1) / np.sqrt(n) if n > 1 else np.nan
    return losses


def _shared(ratios: FloatArray) -> FloatArray:
    """Share of the variance of a run that all solvers with its seed have in common, (budgets,); NaN: too few runs.

    In a two-way layout of solvers and seeds what is left of the variance within solvers without that of the rest.
    """
    shares = np.full(len(ratios), np.nan)
    for b, table in enumerate(ratios):
        whole = table[:, ~np.isnan(table).all(axis=0)]
        whole = whole[(~np.isnan(whole).any(axis=1)) & (np.nan_to_num(whole) != 0).any(axis=1)]  # no random search
        n, k = whole.shape
        if n > 1 and k > 1:
            within = whole - whole.mean(axis=1, keepdims=True)
            total = float((within**2).sum()) / (n * (k - 1))
            own = float(((within - within.mean(axis=0)) ** 2).sum()) / ((n - 1) * (k - 1))
            shares[b] = np.clip(1 - own / total, 0, 1) if total > 0 else np.nan
    return shares


def _shared_of(portfolio: Portfolio, name: str) -> FloatArray:
    """The same of a portfolio, (budgets,)."""
    rows = [BUDGETS.index(budget) if budget in BUDGETS else -1 for budget in portfolio.budgets.tolist()]
    shares = np.full(len(BUDGETS), np.nan)
    for row, b in enumerate(rows):
        if b >= 0:
            shares[b] = portfolio.shared[row, portfolio.problems.index(name)]
    return shares


def _features(problem: Problem) -> FloatArray:
    """Features of some designs of uniform candidates, (R, F)."""
    rows = []
    for seed in range(_N_DESIGNS):
        rng = np.random.default_rng([7, seed])
        Z = problem.space.sample(N_DESIGN, rng)
        rows.append(describe(problem.space, Z, problem(Z, rng=rng)))
    return np.array(rows)
