"""``iohnas footprint``: the landscapes of problems side by side."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from ela.footprint import footprint as compute_footprint
from ela.footprint import footprint_radar, footprint_table, reasons_table
from experiments.console import make_console, print_table
from experiments.option import Data, Imports, SpaceFile, Target, as_typed, problem_name
from experiments.page import Page
from experiments.process import load_plugins
from experiments.text.problem import parse_problem


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("footprint", rich_help_panel="Landscapes, and which optimizer to take")(footprint)


def footprint(
    context: typer.Context,
    problems: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Names; variants as NAME\\[noise=sampled,objective=METRIC].",
        ),
    ] = None,
    data: Data = None,
    target: Target = None,
    space: SpaceFile = None,
    budget: Annotated[
        int | None,
        typer.Option(help="Evaluations for a sample of each problem; default: the whole of a table, otherwise 2000."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")] = 1,
    objective: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC", help="A metric to analyse instead of the problem's objective; repeat for more."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="Folder for a page with a table and a radar plot.")
    ] = None,
    imports: Imports = None,
) -> None:
    """Measure mean fitness, ruggedness, local optima, fitness-distance correlation, neutrality, persistence.

    With several objectives, the landscape of each objective is measured.
    """
    load_plugins(imports or ())
    console = make_console()
    names = list(problems or ())
    if data is not None or not names:
        names.append(problem_name("", data, target, space))
    made = [
        problem.variant(objective=metric)
        for problem in map(parse_problem, names)
        for metric in objective or problem.objective_metrics
    ]
    footprints = [compute_footprint(problem, budget=budget, seed=seed) for problem in made]
    table = footprint_table(footprints).T
    print_table(
        console,
        ["measure", *map(str, table.columns)],
        [[str(name), *row] for name, row in zip(table.index, table.to_numpy().tolist(), strict=True)],
    )
    reasons = reasons_table(footprints)
    for why, measures, about in reasons.itertuples(index=False):
        console.print(f"no {measures} of {about}: {why}")
    if out is None:
        return
    page = Page(out, title="Fitness landscape footprints", command=as_typed(context))
    table.index.name = "measure"
    how = (
        "exact"
        if all(one.is_exact for one in footprints)
        else "exact where the space is a recorded table, else sampled"
    )
    page.table(table.drop(index="exact").astype(float), name="footprints", caption=f"Footprints, {how}; seed {seed}.")
    page.figure(
        footprint_radar(footprints),
        name="radar",
        caption=f"Each axis ends at the largest value; axes in the unit of fitness are left out where units differ; "
        f"{how}; noise mode and fidelity are in the labels.",
    )
    intervals = [
        {"problem": one.problem, "measure": name, "low": low, "value": one.value(name), "high": high}
        for one in footprints
        for name, (low, high) in one.intervals.items()
    ]
    if intervals:
        page.table(pd.DataFrame(intervals), name="intervals", caption="95 % bootstrap intervals of what is estimated.")
    if len(reasons):
        page.table(reasons, name="reasons", caption="Why a value is missing.")
    console.print(f"page: {page.write()}")
