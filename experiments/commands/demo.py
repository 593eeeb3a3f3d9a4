"""``iohnas demo``: a small study of everything, in a minute or two."""

import shlex
from typing import Annotated

import typer

from experiments.commands.report import show_report
from experiments.commands.run import carry_out
from experiments.console import make_console
from experiments.executors.local import LocalExecutor
from experiments.folder.merge import merge_logs
from experiments.option import Out
from experiments.study import Study
from nas_problems.suites import DEMO

SOLVERS = ("local-search", "aging-evolution", "random-search", "cma-es")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel="Studies")(demo)


def demo(
    out: Out,
    budget: Annotated[int, typer.Option(help="Evaluations of each run.")] = 100,
    runs: Annotated[int, typer.Option(help="Runs with different seeds.")] = 5,
    workers: Annotated[int, typer.Option(help="Processes; 0: one per core.")] = 0,
) -> None:
    """Run four solvers on a NAS table, two HPO tables and a model that is really trained."""
    console = make_console()
    study = Study(problems=DEMO, solvers=SOLVERS, budget=budget, runs=runs, suite="demo")
    folder, n_failed = carry_out(console, study, out, LocalExecutor(workers))
    merge_logs(folder, zipped=True)
    show_report(console, folder, folder.path / "report")
    place = shlex.quote(str(out))
    console.print(f"logs: {folder.merged_path}/<solver>, and as zip for https://iohanalyzer.liacs.nl")
    console.print("next:")
    console.print(f"  iohnas check {place}        # our reader and iohinspector see the same")
    console.print(f"  iohnas run --out {place} --runs {2 * runs}        # more runs, then iohnas report {place}")
    console.print("  iohnas list problems; iohnas list solvers; iohnas run --help")
    raise typer.Exit(1 if n_failed else 0)
