"""Tables and picture of docs/multi_fidelity.md: ``python -m docs.multi_fidelity FOLDER ...`` with studies' folders.

The studies take hours, so every run's numbers and every curve are stored: a folder's solvers take the place of their
stored runs, and others stay. Without folders, page and picture are written from what is stored. A test holds page,
picture and csv together.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from docs.marked import replaced
from docs.pictures import CHECKSUM
from experiments.figures import Curve, Panel, draw
from experiments.folder import StudyFolder
from experiments.report import by_problem
from experiments.report.curves import convergence_panels, curves_table
from experiments.report.result import Result, load_results
from experiments.report.runs import ProblemRuns
from experiments.statistics import Comparison, compare_over_blocks, same_as_best
from nas_problems.array import FloatArray

PAGE = Path(__file__).with_name("multi_fidelity.md")
RUNS = Path(__file__).parent / "figures" / "multi-fidelity.csv"
CURVES = RUNS.with_name("multi-fidelity-curves.csv")
PICTURE = RUNS.with_suffix(".png")
_MARK = "<!-- made by python -m docs.multi_fidelity -->"
_MARK_YAHPO = "<!-- YAHPO's protocol, made by python -m docs.multi_fidelity -->"
_SHARES = np.geomspace(0.02, 1.0, 80)  # of the budget, at which solvers are ranked in the picture

RANGES = {
    "yahpo-lcbench-167168": (14.945163, 87.94883),
    "yahpo-lcbench-189873": (0.050852377, 94.51635),
    "yahpo-lcbench-189906": (6.412491, 93.0684),
}
"""Least and largest validation accuracy of each instance in YAHPO Gym's global statistics."""

PUBLISHED = {
    "random-search": (0.124, 0.169, 0.081),
    "hyperband": (0.090, 0.125, 0.066),
    "dehb": (0.079, 0.117, 0.056),
    "bohb": (0.041, 0.063, 0.034),
    "optuna-hyperband": (0.059, 0.059, 0.026),
    "smac-hyperband": (0.022, 0.022, 0.010),
    "smac": (0.013, 0.026, 0.007),
}
"""Mean normalised regret at the full budget on the instances of ``RANGES``; source: pfisterer2022."""


def store(folders: Sequence[Path]) -> None:
    """Write what studies hold into both csv files.

    Args:
        folders: Of studies with the same budget for each problem; runs of a solver on a problem take the place of those
            in an earlier folder, and of those that are stored.
    """
    latest: dict[tuple[str, str], list[Result]] = {}
    for folder in folders:
        new: dict[tuple[str, str], list[Result]] = {}
        for result in load_results(StudyFolder(folder), print):
            new.setdefault((result.record.problem, result.record.algorithm), []).append(result)
        latest |= new
    results = [result for runs in latest.values() for result in runs]
    results.sort(key=lambda run: (run.record.problem, run.record.algorithm, run.record.instance, run.record.repetition))
    problems = by_problem(results)
    curves = curves_table(convergence_panels(problems), "trainings")
    _merge(RUNS, _runs(problems), ["problem", "solver", "run"])
    _merge(CURVES, _without_repeats(curves), ["problem", "solver", "trainings"])


def _merge(path: Path, new: pd.DataFrame, order: list[str]) -> None:
    """Write a csv file: new rows, and those of pairs of problem and solver that are not among them."""
    kept = pd.read_csv(path) if path.exists() else new.iloc[:0]
    pairs = ["problem", "solver"]
    is_old = pd.MultiIndex.from_frame(kept[pairs]).isin(pd.MultiIndex.from_frame(new[pairs]))
    table = pd.concat([kept[~is_old], new]) if len(kept) else new
    table.sort_values(order, kind="stable").to_csv(path, index=False, lineterminator="\n", float_format="%.6g")


def _runs(problems: Sequence[ProblemRuns]) -> pd.DataFrame:
    """Of each run, the regret of its incumbent after a tenth, a quarter and all of the budget."""
    rows = []
    for one in problems:
        at = np.array([max(1, one.budget // 10), max(1, one.budget // 4), one.budget])
        for name in one.searches:
            for i, values in enumerate(one.regrets(name, at).tolist(), start=1):
                rows.append((one.problem, one.quantity, one.is_bounded, one.budget, name, i, *values))
    columns = ["problem", "quantity", "is_bounded", "budget", "solver", "run", "tenth", "quarter", "end"]
    return pd.DataFrame(rows, columns=columns)


def _without_repeats(curves: pd.DataFrame) -> pd.DataFrame:
    """The points at which a curve or its band changes, and each curve's last."""
    values = curves[["problem", "solver", "value", "lower_quartile", "upper_quartile"]]
    changes = (values != values.shift()).any(axis=1)
    is_last = curves["solver"].ne(curves["solver"].shift(-1)) | curves["problem"].ne(curves["problem"].shift(-1))
    return curves[changes | is_last]


def medians(runs: pd.DataFrame) -> pd.DataFrame:
    """Of each problem and solver: number of runs, medians, quartiles and mean of what they ended with, and p of a
    difference to the problem's best (rank-sum test, Holm-corrected).

    Args:
        runs: As in ``RUNS``.
    """
    rows = []
    for (problem, budget), of_problem in runs.groupby(["problem", "budget"]):
        end = {str(name): of["end"].to_numpy() for name, of in of_problem.groupby("solver")}
        _, p = same_as_best(end)
        for name, of in of_problem.groupby("solver"):
            lower, middle, upper = np.quantile(of["end"], (0.25, 0.5, 0.75))
            early = (of["tenth"].median(), of["quarter"].median())
            mean = of["end"].mean()
            rows.append((problem, budget, name, len(of), *early, middle, lower, upper, mean, p.get(str(name), 1.0)))
    columns = ["problem", "budget", "solver", "runs", "tenth", "quarter", "regret", "lower", "upper", "mean", "p"]
    return pd.DataFrame(rows, columns=columns)


def compared(table: pd.DataFrame) -> Comparison:
    """The solvers that searched all problems, by their medians."""
    regret = table.pivot_table(index="problem", columns="solver", values="regret").dropna(axis=1)
    return compare_over_blocks(regret.to_numpy(), list(regret.columns))


def told_apart(comparison: Comparison) -> str:
    """The best mean rank, and which solvers the tests do not tell apart from it."""
    best, *others = comparison.solvers
    tied = [name for name, p in zip(others, comparison.p[0, 1:], strict=True) if not p < 0.05]
    return f"best mean rank over problems: {best}; not told apart from it: {', '.join(tied) or 'none'}"


def picture(runs: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Mean ranks of the solvers that searched every problem, then the median of each problem.

    Args:
        runs: As in ``RUNS``.
        curves: As in ``CURVES``.
    """
    known = runs.groupby("problem")[["quantity", "is_bounded", "budget"]].first()
    panels = [_ranks(curves, known["budget"])]
    for problem, of_problem in curves.groupby("problem"):
        quantity, is_bounded, _ = known.loc[problem]
        lines = [
            Curve(str(name), of["trainings"].to_numpy(dtype=np.float64), of["value"].to_numpy())
            for name, of in of_problem.groupby("solver")
        ]
        scale: Literal["linear", "log"] = "log" if is_bounded else "linear"
        panels.append(Panel(str(problem), "full trainings", str(quantity), lines, y_scale=scale))
    counts = runs.groupby(["problem", "solver"]).size()
    caption = f"medians of {counts.min()} to {counts.max()} runs; ranks of medians, mean over problems"
    return draw(panels, caption=caption)


def _ranks(curves: pd.DataFrame, budgets: pd.Series) -> Panel:
    """Mean rank of the medians at shares of the budget, of the solvers that searched every problem."""
    solvers = curves.groupby("solver")["problem"].nunique()
    common = list(solvers.index[solvers == len(budgets)])
    ranks = np.mean(
        [_rank_curves(curves[curves["problem"] == name], budgets[name], common) for name in budgets.index], 0
    )
    lines = [Curve(name, 100 * _SHARES, ranks[:, i]) for i, name in enumerate(common)]
    return Panel(f"all {len(budgets)} problems", "budget (%)", f"mean rank of {len(common)} solvers", lines)


def _rank_curves(curves: pd.DataFrame, budget: int, solvers: Sequence[str]) -> FloatArray:
    """Ranks of solvers on a problem at ``_SHARES`` of its budget, (shares, solvers)."""
    at = np.maximum(_SHARES * budget, 1.0)
    columns = {}
    for name, of in curves.groupby("solver"):
        rows = np.searchsorted(of["trainings"], at, side="right") - 1
        columns[name] = of["value"].to_numpy()[rows]
    ranks = pd.DataFrame({name: columns[name] for name in solvers}).rank(axis=1)
    return np.asarray(ranks, dtype=np.float64)


def digest() -> str:
    """Of both csv files; the picture carries it."""
    return hashlib.sha256(RUNS.read_bytes() + CURVES.read_bytes()).hexdigest()


def write_page() -> None:
    """Write the picture, and both tables into the page, from the csv files."""
    runs = pd.read_csv(RUNS)
    picture(runs, pd.read_csv(CURVES)).savefig(PICTURE, dpi=90, metadata={CHECKSUM: digest()})
    page, table = PAGE.read_text(encoding="utf-8"), medians(runs)
    for mark, lines in ((_MARK, table_lines(table)), (_MARK_YAHPO, yahpo_lines(table))):
        page = replaced(page, mark, f"\n{lines}\n")
    PAGE.write_text(page, encoding="utf-8")


def table_lines(table: pd.DataFrame) -> str:
    """One row per solver: medians per problem, with the quarter of the budget in front.

    Solvers that searched every problem come first, by their mean rank at the end; only they have ranks.
    """
    problems = sorted(table["problem"].unique())
    end, quarter, p_best = (
        table.pivot_table(index="solver", columns="problem", values=value) for value in ("regret", "quarter", "p")
    )
    whole = end.notna().all(axis=1)
    ranks = {name: of[whole].rank().mean(axis=1).reindex(of.index) for name, of in (("end", end), ("quarter", quarter))}
    runs = table.groupby("solver")["runs"].agg(["min", "max"])
    short = [name.removeprefix("yahpo-") for name in problems]
    text = "| solver | runs | rank, quarter | rank, end | " + " | ".join(short) + " |\n"
    text += "| --- | ---: | ---: | ---: |" + " ---: |" * len(problems) + "\n"
    for name in ranks["end"].sort_values(kind="stable").index:
        low, high = (int(n) for n in runs.loc[name])
        cells = " | ".join(_cell(quarter.at[name, p], end.at[name, p], p_best.at[name, p]) for p in problems)
        shown = [f"{ranks[at][name]:.2f}" if whole[name] else "" for at in ("quarter", "end")]
        text += f"| `{name}` | {low if low == high else f'{low} to {high}'} | {' | '.join(shown)} | {cells} |\n"
    return text


def _cell(quarter: float, end: float, p_best: float) -> str:
    """Medians after a quarter of the budget and at the end; bold: not told apart from the problem's best."""
    if np.isnan(end):
        return ""
    return f"{quarter:.2f} → " + (f"**{end:.2f}**" if p_best >= 0.05 else f"{end:.2f}")


def yahpo_lines(table: pd.DataFrame) -> str:
    """Mean normalised regret next to the published one, and both as shares of random search's."""
    names = list(RANGES)
    text = "| solver | " + " | ".join(name.removeprefix("yahpo-lcbench-") for name in names)
    text += " | published | | | share of random search's | published |\n"
    text += "| --- |" + " ---: |" * (2 * len(names) + 2) + "\n"
    ours = {name: _normalised(table, name) for name in PUBLISHED}
    for name in sorted(PUBLISHED, key=lambda name: np.nan_to_num(np.mean(ours[name]), nan=np.inf)):
        cells = [f"{value:.3f}" if np.isfinite(value) else "" for value in ours[name]]
        shares = [np.mean(np.array(of[name]) / of["random-search"]) for of in (ours, PUBLISHED)]
        shown = [f"{share:.2f}" if np.isfinite(share) else "" for share in shares]
        text += f"| `{name}` | {' | '.join([*cells, *(f'{value:.3f}' for value in PUBLISHED[name]), *shown])} |\n"
    return text


def _normalised(table: pd.DataFrame, solver: str) -> list[float]:
    regrets = []
    for problem, (least, largest) in RANGES.items():
        mean = table[(table["problem"] == problem) & (table["solver"] == solver)]["mean"]
        regrets.append(float((mean.iloc[0] - (100 - largest)) / (largest - least)) if len(mean) else float("nan"))
    return regrets


def main(arguments: list[str] | None = None) -> None:
    """Store what the given folders hold, and write picture and page."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.multi_fidelity", description="Parts of docs/multi_fidelity.md."
    )
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER", help="folders of studies; later ones count")
    if folders := parser.parse_args(arguments).folders:
        store(folders)
    write_page()
    sys.stdout.write(f"{told_apart(compared(medians(pd.read_csv(RUNS))))}\n")


if __name__ == "__main__":
    main()
