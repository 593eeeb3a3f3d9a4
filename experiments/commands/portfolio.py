"""``iohnas portfolio``: our own solvers on BBOB and on recorded problems, and reference features of BBOB."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import optimizers
from ela.bbob_features import shipped_table
from ela.performance import load_coco, own_performance
from experiments.console import make_console, print_table
from experiments.folder import StudyFolder
from experiments.landscape.agreement import agreement
from experiments.landscape.bbob_performance import build as build_table
from experiments.landscape.judgement import validated
from experiments.landscape.portfolio_pack import pack, with_features
from experiments.landscape.portfolio_runs import read_plan, run_plan
from experiments.landscape.recommend import recorded_alone
from experiments.landscape.recorded_performance import learn
from experiments.option import Imports
from experiments.process import load_plugins
from nas_problems.atomic import write_text
from optimizers.handover import read_plan as read_schedule
from optimizers.selector.portfolio import Portfolio, shipped_portfolio
from optimizers.selector.recorded import analytic_searches, read_csv, recorded_searches, to_csv, updated


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Performance of solvers, behind the recommendations.", no_args_is_help=True)
    group.command("build")(build)
    group.command("show")(show)
    group.command("reference")(reference)
    group.command("learn")(learn_from_studies)
    group.command("agree")(agree)
    group.command("run")(run)
    group.command("pack")(pack_runs)
    group.command("fit")(fit_selector)
    app.add_typer(group, name="portfolio", rich_help_panel="Landscapes, and which optimizer to take")


def build(
    out: Annotated[
        Path, typer.Option("--out", dir_okay=False, help="The table; finished parts are in a folder next to it.")
    ],
    solver: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A solver; repeat for more. Default: all of our own.")
    ] = None,
    dimension: Annotated[
        list[int] | None, typer.Option(metavar="D", help="Variables; repeat for more. Default: 5 and 20.")
    ] = None,
    instances: Annotated[int, typer.Option(min=1, help="Instances of each function, one run each.")] = 5,
    evaluations: Annotated[int, typer.Option(min=10, help="Budget of a run.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the runs.")] = 1,
) -> None:
    """Run solvers on BBOB's f1 ... f24; the same command continues where it was stopped."""
    console = make_console()
    text = build_table(
        out.with_suffix(".parts"),
        solvers=solver or [each.name for each in optimizers.solvers if each.family != "multi-objective"],
        dimensions=dimension or (5, 20),
        instances=instances,
        evaluations=evaluations,
        seed=seed,
        report=lambda line: console.print(f"done: {line}"),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, text)
    console.print(f"table: {out}")


def show(
    dimension: Annotated[int, typer.Option(min=1, help="Number of variables of the problem.")] = 5,
    budget: Annotated[float, typer.Option(help="Evaluations per variable.")] = 100,
    coco: Annotated[Path | None, typer.Option(help="Table of running times on BBOB, or its folder.")] = None,
) -> None:
    """Show the mean loss of each solver over the 24 functions, and on how many it is the best."""
    console = make_console()
    table = (
        own_performance(dimension=dimension, budget=budget) if coco is None else load_coco(coco, dimension=dimension)
    )
    wins = (table.loss <= table.loss.min(axis=0) + 1e-12).sum(axis=1)
    rows = sorted(zip(table.loss.mean(axis=1).tolist(), table.solvers, wins.tolist(), strict=True))
    print_table(
        console,
        ["solver", f"mean loss ({table.unit})", "best on functions"],
        [[name, f"{loss:.4f}", str(best)] for loss, name, best in rows],
    )
    console.print(table.label)


def reference(
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="The csv file.")],
    processes: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Recompute the reference that comes with the package: 24 functions x 20 instances in 23-d."""
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, shipped_table(n_processes=processes))
    make_console().print(f"reference: {out}")


def learn_from_studies(
    studies: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER...", help="Folders of studies with random search, one noise mode each."),
    ],
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="The csv file.")],
    update: Annotated[
        Path | None, typer.Option(help="An earlier table, whose solvers are kept where the studies have not run them.")
    ] = None,
    imports: Imports = None,
) -> None:
    """Write the losses of solvers on the problems of studies, relative to random search, as a table."""
    load_plugins(imports or ())
    table = learn([StudyFolder.open(path) for path in studies])
    if update is not None:
        table = updated(read_csv(update.read_text()), table)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, to_csv(table))
    make_console().print(f"{len(table.solvers)} solvers on {len(table.problems)} problems: {out}")


GROUPS = {
    "BBOB, 5 reals": ("bbob-f",),
    "PBO, 16 bits": ("pbo-f",),
    "BBOB on a mixed lattice": ("mixint-f",),
    "BBOB on shuffled categories": ("shuffled-f",),
    "NAS tables": ("nb201-", "macro-", "spikenas-"),
    "HPO tables": ("fcnet-", "mlp-"),
}
"""Name -> what the problems' names begin with."""


def agree(
    budget: Annotated[int, typer.Option(min=1, help="Evaluations of a search.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws of problems.")] = 1,
) -> None:
    """Do analytic functions rank solvers as NAS and HPO do? Rank correlations of mean losses in recorded searches."""
    tables = analytic_searches(), recorded_searches()
    groups = {
        name: table.rows(chosen)
        for name, prefixes in GROUPS.items()
        for table in tables
        if (chosen := [p for p, problem in enumerate(table.problems) if problem.startswith(prefixes)])
    }
    recorded = ("NAS tables", "HPO tables")
    rng = np.random.default_rng(seed)
    rows = []
    for name, group in groups.items():
        cells = []
        for other in recorded:
            agreed = None if other == name else agreement(groups[other], group, budget=budget, rng=rng)
            cells.append(
                "" if agreed is None else f"{agreed.rank_correlation:.2f} [{agreed.low:.2f}, {agreed.high:.2f}]"
            )
        rows.append([name, str(len(group.problems)), *cells])
    console = make_console()
    print_table(console, ["problems", "number", *(f"agreement with {name}" for name in recorded)], rows)
    n = len(set(tables[0].solvers) & set(tables[1].solvers))
    console.print(
        f"Spearman's rank correlation of {n} solvers' mean losses over {budget} evaluations, relative to random "
        "search; in brackets 95 % of draws of the problems with replacement."
    )


def run(
    plan: Annotated[Path, typer.Argument(help="A plan like optimizers/data/portfolio_plan.toml.")],
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="Folder of the runs.")],
) -> None:
    """Make the runs behind the selector; the same command continues where it was stopped."""
    console = make_console()
    run_plan(read_plan(plan), out, report=console.print)
    console.print(f"runs: {out}")


def pack_runs(
    plan: Annotated[Path, typer.Argument(help="The plan of the runs.")],
    runs: Annotated[Path, typer.Argument(help="Folder of the runs.")],
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="The file (.npz).")],
    update: Annotated[
        Path | None, typer.Option(help="An earlier file, of runs with other seeds, to average with these.")
    ] = None,
    runs_alone: Annotated[
        bool, typer.Option("--runs-alone", help="Leave out the recorded searches that come with the package.")
    ] = False,
) -> None:
    """Pack losses and features of the runs, and of the recorded searches that come with the package, into one file."""
    tables = () if runs_alone else (recorded_searches(), analytic_searches())
    earlier = None if update is None else Portfolio.load(update)
    packed = pack(read_plan(plan), runs, tables=tables, earlier=earlier)
    packed.save(out)
    make_console().print(f"{len(packed.solvers)} solvers and schedules on {len(packed.problems)} problems: {out}")


def fit_selector(
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="File of the model (.npz).")],
    studies: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...", help="Folders of studies to learn from; default: the package's portfolio."
        ),
    ] = None,
    portfolio: Annotated[
        Path | None, typer.Option(help="A file from 'iohnas portfolio pack' instead of the package's.")
    ] = None,
    look: Annotated[
        bool | None, typer.Option(help="Whether runs begin with a design. Default: if the portfolio has such runs.")
    ] = None,
    imports: Imports = None,
) -> None:
    """Fit the model of landscape-selector, and say what its choices lose on held-out families of problems."""
    load_plugins(imports or ())
    console = make_console()
    if studies:
        learned = learn([StudyFolder.open(path) for path in studies])
    else:
        learned = recorded_alone(shipped_portfolio() if portfolio is None else Portfolio.load(portfolio))
    looks = any(len(read_schedule(solver)) > 1 for solver in learned.solvers) if look is None else look
    if studies:
        learned = with_features(learned, designs=looks)
    model = validated(learned, look=looks)
    model.save(out)
    rows = [
        [str(budget), str(model.looks(budget)), model.without_look(budget).plan, *(f"{value:.3f}" for value in row)]
        for budget, row in zip(model.budgets.tolist(), model.validation.tolist(), strict=True)
    ]
    columns = [
        "budget",
        "looks",
        "best on average",
        "log2 loss held out",
        "of single best",
        "difference",
        "low",
        "high",
    ]
    print_table(console, columns, rows)
    console.print(f"model: {out}")
