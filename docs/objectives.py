"""Tables and picture of docs/objectives.md, from the folders of its two studies: ``python -m docs.objectives --help``.

The studies take hours, so the numbers are stored, each study's in its own csv; a test holds page and csv together.
"""

import argparse
import hashlib
import sys
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
from experiments.report.front import fronts_of, indicator_table
from experiments.report.result import load_results
from experiments.report.runs import ProblemRuns, caption, solvers_of

PAGE = Path(__file__).with_name("objectives.md")
TABLE = Path(__file__).parent / "figures" / "objectives.csv"
PICTURE = TABLE.with_suffix(".png")
SLOW = TABLE.with_name("objectives-slow.csv")
_MARK = "<!-- made by python -m docs.objectives -->"
_MARK_SLOW = "<!-- slower solvers, made by python -m docs.objectives -->"
SHOWN = (
    "nb201-cifar10.validation_accuracy.n_parameters",
    "nb201-cifar10.validation_accuracy.latency_seconds",
    "nb201-cifar10.validation_accuracy.train_seconds",
    "nb201-cifar10.validation_accuracy.n_parameters.latency_seconds",
    "macro-cifar10.test_accuracy.n_parameters",
    "macro-cifar10.test_accuracy.flops",
)
"""Problems of the picture."""


def store(folder: Path) -> None:
    """Write the csv and the picture of the study of all solvers.

    Args:
        folder: Of the study.
    """
    problems = _problems(folder)
    _medians(problems, folder).to_csv(TABLE, index=False, lineterminator="\n")
    panels = [panel for panel in convergence_panels(problems) if panel.title in SHOWN]
    figure = draw(panels, caption=caption(problems), labels=solvers_of(problems))
    digest = hashlib.sha256(TABLE.read_bytes()).hexdigest()
    figure.savefig(PICTURE, dpi=90, metadata={CHECKSUM: digest})
    comparison, _ = compare(problems)
    if comparison is not None:
        best = comparison.solvers[0]
        tied = [name for name, p in zip(comparison.solvers[1:], comparison.p[0, 1:], strict=True) if p >= 0.05]
        sys.stdout.write(f"best mean rank: {best}; not told apart: {', '.join(tied) or 'none'}\n")


def store_slower(*folders: Path) -> None:
    """Write the csv of the slower solvers; rows of solvers that no folder has stay.

    Args:
        *folders: Of studies of the same problems, each of some of the solvers.
    """
    new = pd.concat([_medians(_problems(folder), folder) for folder in folders])
    kept = pd.read_csv(SLOW)
    table = pd.concat([kept[~kept["solver"].isin(new["solver"])], new])
    table.sort_values(["problem", "solver"]).to_csv(SLOW, index=False, lineterminator="\n")


def _problems(folder: Path) -> list[ProblemRuns]:
    return by_problem(load_results(StudyFolder(folder), print))


def _medians(problems: list[ProblemRuns], folder: Path) -> pd.DataFrame:
    """Quartiles of regret and medians of indicators, per problem and solver."""
    table_of_runs = indicator_table(fronts_of(problems, StudyFolder(folder).study))
    table_of_runs["regret"] = 1 - table_of_runs["share"]
    grouped = table_of_runs.groupby(["problem", "solver"], sort=True)
    table = grouped["regret"].describe(percentiles=[0.25, 0.5, 0.75])[["count", "50%", "25%", "75%"]]
    table = table.join(grouped[["igd_plus", "epsilon", "found", "target_points"]].median()).reset_index()
    table.columns = ["problem", "solver", "runs", "regret", "lower", "upper", "igd_plus", "epsilon", "found", "front"]
    return table.round(6)


def write_page() -> None:
    """Write both tables from the csv files into the page."""
    page = PAGE.read_text(encoding="utf-8")
    table, slow = pd.read_csv(TABLE), pd.read_csv(SLOW)
    for mark, lines in ((_MARK, table_lines(table)), (_MARK_SLOW, slow_lines(table, slow))):
        page = replaced(page, mark, f"\n{lines}\n")
    PAGE.write_text(page, encoding="utf-8")


def slow_lines(table: pd.DataFrame, slow: pd.DataFrame) -> str:
    """The slower solvers as in ``table_lines``, ranked among all, with three of the others."""
    shown = {*slow["solver"], "pareto-local-search", "pymoo-nsga2", "random-search"}
    head, rule, *lines = table_lines(pd.concat([table, slow])).splitlines(keepends=True)
    return head + rule + "".join(line for line in lines if line.split("`")[1] in shown)


def table_lines(table: pd.DataFrame) -> str:
    """One row per solver, best first: mean rank of the median regret, and medians over problems."""
    regret = table.pivot_table(index="solver", columns="problem", values="regret")
    ranks = regret.rank(axis=0).mean(axis=1).sort_values()
    share = (table["found"] / table["front"]).groupby(table["solver"]).mean()
    runs = table.groupby("solver")["runs"].agg(["min", "max"])
    text = (
        "| solver | runs | mean rank | best on | median regret: NAS-Bench-201 | Macro | points of the front found |\n"
    )
    text += "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    is_macro = np.array([str(name).startswith("macro") for name in regret.columns])
    best = regret.rank(axis=0) == 1
    for name in ranks.index:
        low, high = (int(n) for n in runs.loc[name])
        text += (
            f"| `{name}` | {low if low == high else f'{low} to {high}'} | {ranks[name]:.2f} "
            f"| {int(best.loc[name].sum())} of {regret.shape[1]} | {regret.loc[name, ~is_macro].mean():.4f} "
            f"| {regret.loc[name, is_macro].mean():.4f} | {100 * share[name]:.0f} % |\n"
        )
    return text


def main(arguments: list[str] | None = None) -> None:
    """Write what the given folders hold, and the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.objectives", description="Tables of docs/objectives.md.")
    parser.add_argument("study", type=Path, nargs="?", help="folder of the study of all solvers")
    parser.add_argument("--slower", type=Path, nargs="+", default=[], help="folders of studies of slower solvers")
    given = parser.parse_args(arguments)
    if given.study is not None:
        store(given.study)
    if given.slower:
        store_slower(*given.slower)
    write_page()


if __name__ == "__main__":
    main()
