"""Final values and ranks of a study."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments import statistics
from experiments.page.chart import Boxes, Ranks
from experiments.report.runs import ProblemRuns
from experiments.statistics.comparison import LEVEL, Comparison
from experiments.text.number import number


def final_boxes(problems: Sequence[ProblemRuns]) -> Boxes:
    """Final values of every run, a panel per problem; means where a solver only samples."""
    shown = {}
    for one in problems:
        finite = {name: one.shown(values[np.isfinite(values)]) for name, values in one.final.items()}
        shown[one.problem] = {name: values for name, values in finite.items() if len(values)}
    labels = {one.problem: f"final {one.quantity}" for one in problems}
    positive = {
        one.problem
        for one in problems
        if one.is_bounded and any((values > 0).any() for values in shown[one.problem].values())
    }
    return Boxes(shown, labels, frozenset(positive))


def final_table(problems: Sequence[ProblemRuns]) -> pd.DataFrame:
    """The final value of every run."""
    rows = [
        (one.problem, name, i, value)
        for one in problems
        for name, values in one.final.items()
        for i, value in enumerate(values.tolist(), start=1)
    ]
    return pd.DataFrame(rows, columns=["problem", "solver", "run", "final_regret"])


def compare(problems: Sequence[ProblemRuns]) -> tuple[Comparison | None, list[str]]:
    """Ranks over problems and instances, of the solvers that searched all of them.

    Returns:
        The comparison, None where fewer than two solvers can be compared; and what was left out, and why.
    """
    blocks: list[dict[str, float]] = []
    for one in problems:
        for instance in sorted({run.record.instance for run in one.all_runs}):
            chosen = {
                name: [i for i, run in enumerate(runs) if run.record.instance == instance]
                for name, runs in one.searches.items()
            }
            blocks.append({name: float(np.median(one.found[name][rows])) for name, rows in chosen.items() if rows})
    everyone = sorted({name for block in blocks for name in block})
    common = [name for name in everyone if all(name in block for block in blocks)]
    left_out = [name for name in everyone if name not in common]
    notes = [f"{name}: has not searched all problems and instances" for name in left_out]
    notes += [f"{name}: samples only" for name in sorted({name for one in problems for name in one.samples})]
    if len(common) < 2:
        return None, notes
    values = np.array([[block[name] for name in common] for block in blocks])
    return statistics.compare_over_blocks(values, common), notes


def ranks_chart(comparison: Comparison) -> Ranks:
    """The comparison as chart."""
    columns = dict(zip(comparison.solvers, comparison.ranks.T, strict=True))
    means = dict(zip(comparison.solvers, comparison.mean_ranks.tolist(), strict=True))
    return Ranks(means, columns, comparison.cliques)


def verdict(comparison: Comparison) -> str:
    """What the tests say, in words."""
    n_blocks = len(comparison.ranks)
    if n_blocks == 1:
        return "One problem only: ranks over problems cannot be tested; the overview has the tests on this problem."
    if comparison.smallest_p >= LEVEL:
        most = int(comparison.n_unequal.max())
        differ = "" if most == n_blocks else f", of which no two solvers differ on more than {most}"
        return (
            f"{n_blocks} problems (and instances){differ}: Wilcoxon's test on pairs, corrected for "
            f"{len(comparison.solvers)} solvers, cannot tell any two apart at the level {LEVEL}, whatever comes out; "
            "the ranks are a description only."
        )
    best = comparison.solvers[0]
    others = [name for name, p in zip(comparison.solvers[1:], comparison.p[0, 1:], strict=True) if p >= LEVEL]
    friedman = (
        ""
        if np.isnan(comparison.p_friedman)
        else f"Friedman's test that all are alike: p = {number(comparison.p_friedman, 2)}. "
    )
    told = f"not told apart from {', '.join(others)}" if others else "ahead of every other solver"
    return f"{friedman}{best} has the best mean rank, {told} (Wilcoxon, Holm-corrected, level {LEVEL})."


def pairs_table(comparison: Comparison) -> pd.DataFrame:
    """Mean ranks, blocks on which a solver differs from the best, and the corrected p-value of every pair."""
    frame = pd.DataFrame(comparison.p, columns=list(comparison.solvers))
    frame.insert(0, "solver", list(comparison.solvers))
    frame.insert(1, "mean rank", comparison.mean_ranks)
    frame.insert(2, "differs from the best on", comparison.n_unequal[0])
    return frame
