"""``iohnas reduce``: a smaller search space from the best candidates of a design."""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

import nas_problems
from ela.reduction import describe_range, reduce_space
from ela.sampling import sample_codes
from experiments.console import make_console, print_table
from experiments.landscape import figures
from experiments.landscape.analysis import default_points
from experiments.option import Imports, as_typed
from experiments.page import Page
from experiments.process import load_plugins
from nas_problems.array import FloatArray


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reduce", rich_help_panel="Landscapes, and which optimizer to take")(reduce)


def reduce(
    context: typer.Context,
    problem: Annotated[str, typer.Argument(help="A name that 'iohnas list problems' shows.")],
    out: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="Folder for a page; default: no page.")
    ] = None,
    top: Annotated[float, typer.Option(help="Share of the design that counts as best.")] = 0.05,
    coverage: Annotated[float, typer.Option(help="Share of the best that a smaller range keeps.")] = 0.9,
    every: Annotated[bool, typer.Option("--every", help="Also reduce parameters that show no effect.")] = False,
    points: Annotated[int, typer.Option(help="Points of the design; 0: 1000, or 200 if each is a training.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the design.")] = 1,
    instance: Annotated[int, typer.Option(min=1, help="Instance of the problem.")] = 1,
    imports: Imports = None,
) -> None:
    """Evaluate a design and propose the ranges in which its best candidates lie."""
    load_plugins(imports or ())
    console = make_console()
    chosen = nas_problems.make(problem, instance=instance)
    chosen.check_one_objective()
    n = points or default_points(chosen)
    design_seed, noise_seed = np.random.SeedSequence(seed).spawn(2)
    Z = sample_codes(chosen.space, n, rng=np.random.default_rng(design_seed))
    y = chosen(Z, rng=np.random.default_rng(noise_seed))
    reduction = reduce_space(chosen.space, Z, y, top=top, coverage=coverage, level=None if every else 0.05)
    rows = [
        {
            "parameter": entry.name,
            "range": describe_range(old),
            "proposed": describe_range(entry.proposed)
            if entry.reduced
            else "unchanged: the best need all of it"
            if entry.differs
            else "unchanged: the best are like the others",
            "shift of the median": entry.shift,
            "p": entry.p_value,
        }
        for entry, old in zip(reduction.ranges, chosen.space.parameters, strict=True)
    ]
    print_table(console, list(rows[0]), [list(row.values()) for row in rows])
    metric, worst = chosen.objectives[0], float(y[reduction.rows[-1]])
    bound = f"{metric.measured_label} {'at least' if metric.maximize else 'at most'} {metric.measured(worst):.4g}"
    caption = (
        f"{chosen.label}, instance {instance}: {n} points (lhs, seed {seed}); best {top:.0%}: "
        f"{len(reduction.rows)} points with {bound}; "
        f"proposed volume {reduction.volume:.2g} of the space"
    )
    console.print(caption)
    if out is not None:
        page = Page(out, f"A smaller space for {chosen.label}", as_typed(context))
        page.table(pd.DataFrame(rows), name="ranges", caption=caption)
        unit = {
            parameter.name: _both(parameter.to_unit(Z[:, j]), reduction.rows)
            for j, parameter in enumerate(chosen.space.parameters)
        }
        page.figure(
            figures.violins(unit, n_columns=6),
            name="best",
            caption=f"Position of every parameter on the unit scale, best points next to all. {caption}.",
        )
        console.print(f"page: {page.write()}")


def _both(unit: FloatArray, rows: FloatArray) -> dict[str, FloatArray]:
    return {"best": unit[rows], "all": unit}
