"""Table and picture of docs/multi_fidelity.md: ``python -m docs.multi_fidelity FOLDER ...`` with the studies' folders.

The studies take hours, so the numbers are stored; a test holds page and csv together.
"""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from docs.marked import replaced
from docs.pictures import CHECKSUM
from experiments.figures import draw
from experiments.folder import StudyFolder
from experiments.report import by_problem
from experiments.report.curves import convergence_panels
from experiments.report.final import compare
from experiments.report.result import Result, load_results
from experiments.report.runs import ProblemRuns, caption, solvers_of
from experiments.statistics import Comparison, same_as_best

PAGE = Path(__file__).with_name("multi_fidelity.md")
TABLE = Path(__file__).parent / "figures" / "multi-fidelity.csv"
PICTURE = TABLE.with_suffix(".png")
_MARK = "<!-- made by python -m docs.multi_fidelity -->"
_MARK_YAHPO = "<!-- YAHPO's protocol, made by python -m docs.multi_fidelity -->"

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


def make(folders: Sequence[Path]) -> None:
    """Write csv, picture and page.

    Args:
        folders: Of studies with the same budget for each problem; runs of a solver on a problem take the place of those
            in an earlier folder.
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
    _table(problems).to_csv(TABLE, index=False, lineterminator="\n")
    figure = draw(convergence_panels(problems), caption=caption(problems), labels=solvers_of(problems))
    digest = hashlib.sha256(TABLE.read_bytes()).hexdigest()
    figure.savefig(PICTURE, dpi=90, metadata={CHECKSUM: digest})
    comparison, notes = compare(problems)
    if comparison is not None:
        sys.stdout.write(f"{told_apart(comparison)}\n")
    sys.stdout.write("".join(f"{note}\n" for note in notes))
    write_page()


def told_apart(comparison: Comparison) -> str:
    """The best mean rank, and which solvers the tests do not tell apart from it."""
    best, *others = comparison.solvers
    tied = [name for name, p in zip(others, comparison.p[0, 1:], strict=True) if p >= 0.05]
    return f"best mean rank over problems: {best}; not told apart from it: {', '.join(tied) or 'none'}"


def _table(problems: Sequence[ProblemRuns]) -> pd.DataFrame:
    """Quartiles of what runs ended with, medians at a tenth and a quarter of the budget, and p of a difference to the
    problem's best (rank-sum test, Holm-corrected).
    """
    rows = []
    for one in problems:
        _, p = same_as_best(one.found)
        early = np.array([max(1, one.budget // 10), max(1, one.budget // 4)])
        for name, final in sorted(one.found.items()):
            lower, middle, upper = np.quantile(final, (0.25, 0.5, 0.75))
            tenth, quarter = np.median(one.regrets(name, early), axis=0)
            rows.append(
                (
                    one.problem,
                    one.budget,
                    name,
                    len(final),
                    tenth,
                    quarter,
                    middle,
                    lower,
                    upper,
                    final.mean(),
                    p.get(name, 1.0),
                )
            )
    columns = ["problem", "budget", "solver", "runs", "tenth", "quarter", "regret", "lower", "upper", "mean", "p"]
    return pd.DataFrame(rows, columns=columns).round(5)


def write_page() -> None:
    """Write both tables from the csv file into the page."""
    page, table = PAGE.read_text(encoding="utf-8"), pd.read_csv(TABLE)
    for mark, lines in ((_MARK, table_lines(table)), (_MARK_YAHPO, yahpo_lines(table))):
        page = replaced(page, mark, f"\n{lines}\n")
    PAGE.write_text(page, encoding="utf-8")


def table_lines(table: pd.DataFrame) -> str:
    """One row per solver, by mean rank at the end; medians per problem, with the quarter of the budget in front."""
    problems = sorted(table["problem"].unique())
    end, quarter, p_best = (
        table.pivot_table(index="solver", columns="problem", values=value) for value in ("regret", "quarter", "p")
    )
    ranks = {"end": end.rank().mean(axis=1), "quarter": quarter.rank().mean(axis=1)}
    runs = table.groupby("solver")["runs"].agg(["min", "max"])
    short = [name.removeprefix("yahpo-") for name in problems]
    text = "| solver | runs | rank, quarter | rank, end | " + " | ".join(short) + " |\n"
    text += "| --- | ---: | ---: | ---: |" + " ---: |" * len(problems) + "\n"
    for name in ranks["end"].sort_values(kind="stable").index:
        low, high = (int(n) for n in runs.loc[name])
        cells = " | ".join(_cell(quarter.at[name, p], end.at[name, p], p_best.at[name, p]) for p in problems)
        whole = not end.loc[name].isna().any()
        shown = [f"{ranks[at][name]:.2f}" if whole else "" for at in ("quarter", "end")]
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


if __name__ == "__main__":
    make([Path(folder) for folder in sys.argv[1:]])
