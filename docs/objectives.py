"""Tables and picture of docs/objectives.md: ``python -m docs.objectives FOLDER SLOW`` with the folders of two studies.

The studies take hours, so the numbers are stored; a test holds page and csv together.
"""

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


def make(folder: Path, slow: Path) -> None:
    """Write csv, picture and tables.

    Args:
        folder: Of the study.
        slow: Of the same study of slower solvers, with fewer runs.
    """
    problems = _medians(folder, TABLE)
    panels = [panel for panel in convergence_panels(problems) if panel.title in SHOWN]
    figure = draw(panels, caption=caption(problems), labels=solvers_of(problems))
    digest = hashlib.sha256(TABLE.read_bytes()).hexdigest()
    figure.savefig(PICTURE, dpi=90, metadata={CHECKSUM: digest})
    comparison, _ = compare(problems)
    if comparison is not None:
        best = comparison.solvers[0]
        tied = [name for name, p in zip(comparison.solvers[1:], comparison.p[0, 1:], strict=True) if p >= 0.05]
        sys.stdout.write(f"best mean rank: {best}; not told apart: {', '.join(tied) or 'none'}\n")
    _medians(slow, SLOW)
    write_page()


def _medians(folder: Path, out: Path) -> list[ProblemRuns]:
    """Write quartiles of regret and medians of indicators, per problem and solver."""
    study = StudyFolder(folder)
    problems = by_problem(load_results(study, print))
    found = indicator_table(fronts_of(problems, study.study))
    found["regret"] = 1 - found["share"]
    grouped = found.groupby(["problem", "solver"], sort=True)
    table = grouped["regret"].describe(percentiles=[0.25, 0.5, 0.75])[["count", "50%", "25%", "75%"]]
    table = table.join(grouped[["igd_plus", "epsilon", "found", "target_points"]].median()).reset_index()
    table.columns = ["problem", "solver", "runs", "regret", "lower", "upper", "igd_plus", "epsilon", "found", "front"]
    table.round(6).to_csv(out, index=False, lineterminator="\n")
    return problems


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


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
