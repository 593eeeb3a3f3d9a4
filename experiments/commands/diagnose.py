"""``iohnas diagnose``: does the evaluation metric of a problem fool a search?"""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from matplotlib.figure import Figure

from ela.diagnose import Diagnosis
from ela.diagnose import diagnose as diagnose_problem
from ela.landscape.draw import draw_density, draw_fdc, draw_locality, draw_neutrality
from experiments.console import make_console, print_table
from experiments.option import Data, Imports, SpaceFile, Target, as_typed, problem_name
from experiments.page import Page
from experiments.process import load_plugins
from experiments.text.problem import parse_problem
from nas_problems.metric import Metric


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diagnose", rich_help_panel="Landscapes, and which optimizer to take")(diagnose)


def diagnose(
    context: typer.Context,
    problem: Annotated[str, typer.Argument(help="A name, or NAME\\[fidelity=12,noise=sampled,objective=METRIC].")] = "",
    data: Data = None,
    target: Target = None,
    space: SpaceFile = None,
    n: Annotated[int, typer.Option("--n", min=20, max=20_000, help="Configurations to evaluate.")] = 1000,
    naive: Annotated[
        float | None, typer.Option(help="Minimised value of a model that has learnt nothing, if known.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sample.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="Folder for a page with the four figures.")
    ] = None,
    imports: Imports = None,
) -> None:
    """Find values that many distant configurations share, and what they do to locality and neutrality."""
    load_plugins(imports or ())
    console = make_console()
    chosen = parse_problem(problem_name(problem, data, target, space))
    diagnosis = diagnose_problem(chosen, n, naive_level=naive, seed=seed)
    modes = _modes(diagnosis, chosen.objectives[0])
    console.print(f"{diagnosis.problem}: {diagnosis.n} configurations, {diagnosis.axis}")
    print_table(console, list(modes.columns), modes.to_numpy().tolist())
    summary = _summary(diagnosis)
    print_table(console, list(summary.columns), summary.to_numpy().tolist())
    console.print(_MEANINGS)
    if out is None:
        return
    page = Page(out, title=f"Diagnosis of {diagnosis.problem}", command=as_typed(context))
    page.table(modes, name="modes", caption=f"Modes of the distribution of fitness, largest first. {_MEANINGS}")
    page.table(summary, name="summary", caption="The whole sample, and without configurations at the naive level.")
    page.figure(
        _figure(diagnosis), name="diagnosis", caption=f"{diagnosis.n} configurations drawn uniformly, seed {seed}"
    )
    console.print(f"page: {page.write()}")


_MEANINGS = (
    "A mode has all configurations between the valleys on its sides; within epsilon of a level are fewer or more. "
    "Spread: "
    "mean distance between members over that of the sample; height: density over that of a uniform distribution; "
    "suspicious: in the worse three quarters of fitness, and shared by configurations that are not alike."
)


def _modes(diagnosis: Diagnosis, metric: Metric) -> pd.DataFrame:
    columns = ["level", "share in the mode", "spread", "height", "suspicious"]
    rows = [
        [mode.level, mode.share, mode.spread, mode.height, "yes" if mode.is_suspicious else "no"]
        for mode in diagnosis.modes
    ]
    frame = pd.DataFrame(rows, columns=columns)
    if metric.maximize:
        frame.insert(1, metric.measured_label, [metric.measured(mode.level) for mode in diagnosis.modes])
    return frame


def _summary(diagnosis: Diagnosis) -> pd.DataFrame:
    level = "none" if diagnosis.naive_level is None else f"{diagnosis.naive_level:.4g}"
    rows = [
        ["naive level", level, diagnosis.naive_source],
        [f"share within {diagnosis.tolerance:.3g} of that level", diagnosis.naive_share, ""],
    ]
    without = diagnosis.without_naive() if 0 < diagnosis.naive_share < 0.95 else None
    rows.append(["fdc", diagnosis.fdc, "" if without is None else without.fdc])
    rows.append(["neutrality", diagnosis.neutrality, "" if without is None else without.neutrality])
    near, other = diagnosis.locality, None if without is None else without.locality
    rows.append(["locality", near.correlation, "" if other is None else other.correlation])
    off = "" if other is None else other.distance_from_bisector
    rows.append(["distance from the bisector", near.distance_from_bisector, off])
    rows.append(["neighbours: maxdist / C with C", diagnosis.distance_parts, ""])
    return pd.DataFrame(rows, columns=["quantity", "value", "without naive, or source"])


def _figure(diagnosis: Diagnosis) -> Figure:
    figure = Figure(figsize=(9, 7), layout="constrained")
    density, fdc, near, neutral = figure.subplots(2, 2).ravel()
    draw_density(density, diagnosis.landscape.y, modes=diagnosis.modes, label=diagnosis.axis)
    draw_fdc(fdc, diagnosis.landscape, label=diagnosis.axis)
    draw_locality(near, diagnosis.locality, label=diagnosis.axis)
    draw_neutrality(neutral, diagnosis.landscape.y, diagnosis.neutrality_degree, label=diagnosis.axis)
    return figure
