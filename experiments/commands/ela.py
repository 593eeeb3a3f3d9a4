"""``iohnas ela``: a problem's landscape, its place among the BBOB functions, and the solver it suggests."""

from pathlib import Path
from typing import Annotated, get_args

import pandas as pd
import typer

import nas_problems
from ela.bbob import FUNCTION_NAMES
from ela.encoding import Encoding
from ela.performance import load_coco, own_performance
from ela.placement import cluster
from experiments.console import make_console, print_table
from experiments.landscape import figures
from experiments.landscape.analysis import (
    Analysis,
    analyse,
    default_points,
    features_frame,
    nearest_frame,
    plane,
    recommendations_frame,
)
from experiments.option import Data, Imports, SpaceFile, Target, as_typed, problem_name, split_names
from experiments.page import Page
from experiments.process import load_plugins
from experiments.steps import told
from nas_problems.evaluators.forest import ForestEvaluator

_FEW_AS_FAR = 0.05  # share of BBOB rows
_FEWEST_POINTS = 50  # with fewer, few features are defined


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ela", rich_help_panel="Landscapes, and which optimizer to take")(ela)


def ela(
    context: typer.Context,
    problem: Annotated[str, typer.Argument(help="A name that 'iohnas list problems' shows.")] = "",
    data: Data = None,
    target: Target = None,
    space: SpaceFile = None,
    out: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="Folder of the page; default: results/ela-<NAME>.")
    ] = None,
    points: Annotated[int, typer.Option(help="Points of the design; 0: 1000, or 200 if each is a training.")] = 0,
    encoding: Annotated[
        str, typer.Option(help="Encoding of categorical parameters: target, one-hot or box.")
    ] = "target",
    features: Annotated[
        str,
        typer.Option(help="Feature sets or features, separated by commas, that 'iohnas list features' shows."),
    ] = "learning-from-nas",
    repetitions: Annotated[int, typer.Option(min=1, help="Parts of the design that give the uncertainty.")] = 30,
    instances: Annotated[int, typer.Option(min=1, help="Instances of each BBOB function.")] = 5,
    budget: Annotated[int, typer.Option(min=1, help="Evaluations that the solver will have.")] = 1000,
    coco: Annotated[Path | None, typer.Option(help="Table of running times on BBOB, or its folder.")] = None,
    instance: Annotated[int, typer.Option(min=1, help="Instance of the problem.")] = 1,
    noise: Annotated[str, typer.Option(help="Noise mode of the problem.")] = "mean",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")] = 1,
    processes: Annotated[int, typer.Option(min=1, help="Processes for the features.")] = 1,
    imports: Imports = None,
) -> None:
    """Compute features with intervals, the nearest BBOB functions, and the solvers that are best on these."""
    load_plugins(imports or ())
    console = make_console()
    if encoding not in get_args(Encoding):
        raise ValueError(f"--encoding: wanted one of {', '.join(get_args(Encoding))}, found {encoding!r}")
    if points and points < _FEWEST_POINTS:
        raise ValueError(f"--points: wanted 0 or at least {_FEWEST_POINTS}, found {points}")
    problem = problem_name(problem, data, target, space)
    chosen = nas_problems.make(problem, instance=instance, noise=noise)
    with told(console.print):
        analysis = analyse(
            chosen,
            n=points or default_points(chosen),
            seed=seed,
            encoding="one-hot" if encoding == "one-hot" else "box" if encoding == "box" else "target",
            repetitions=repetitions,
            instances=instances,
            sets=split_names(features),
            n_processes=processes,
        )
    d = chosen.space.n_parameters  # that a solver searches, however they are encoded for the features
    performances = [own_performance(dimension=d, budget=budget / d)]
    if coco is not None:
        performances.append(load_coco(coco, dimension=d))
    page = Page(out or Path("results") / f"ela-{problem}", f"Landscape of {chosen.label}", as_typed(context))
    if isinstance(chosen.evaluator, ForestEvaluator):
        page.text("This problem is a **surrogate**: a model fitted on recorded trainings, not the trainings.")
    tables = {
        "features": (
            features_frame(analysis.features),
            f"Landscape features: mean, sd and quantiles over the parts, which share points and so differ less than "
            f"designs drawn anew. {analysis.caption}.",
        ),
        "nearest": (
            nearest_frame(analysis.placement),
            f"Nearest functions among {analysis.placement.label}. {analysis.caption}.",
        ),
    }
    for i, performance in enumerate(performances, start=1):
        tables[f"solvers-{i}"] = (
            recommendations_frame(analysis.placement, performance),
            f"Solvers ranked by expected loss on the nearest functions, from {performance.label}. {analysis.caption}.",
        )
    for name, (frame, caption) in tables.items():
        shown = frame.loc[:, (frame != "").any()]
        print_table(console, list(shown.columns), [list(row) for row in shown.itertuples(index=False)])
        console.print(caption)
        page.table(frame, name=name, caption=caption)
    placed = analysis.placement
    summary = (
        f"Distance to the {placed.k} nearest BBOB rows {placed.neighbours}; "
        f"of these to their own nearest {placed.inside}; "
        f"of BBOB rows to other functions {placed.between}: {placed.beyond:.0%} of them lie at least as far."
    )
    if placed.beyond <= _FEW_AS_FAR:
        summary += (
            " So it is far from BBOB: the nearest functions are not near, and solvers ranked by them are a guess."
        )
    summary += " What to take by searches of NAS and HPO problems, iohnas recommend says."
    console.print(summary)
    page.text(summary)
    if placed.dropped:
        page.text("Left out: " + "; ".join(f"{name} ({why})" for name, why in placed.dropped.items()) + ".")
    _figures(page, analysis)
    console.print(f"page: {page.write()}")


def _figures(page: Page, analysis: Analysis) -> None:
    placed = analysis.placement
    label, metric = analysis.problem.label, analysis.problem.objectives[0]
    page.figure(
        figures.nearest_functions({label: placed}),
        name="nearest-functions",
        caption=f"Share (%) of each function among the {placed.k} nearest BBOB rows, mean over the parts. "
        f"{analysis.caption}.",
    )
    points = pd.DataFrame(placed.functions, columns=list(placed.names))
    points.loc[len(points)] = placed.point
    names = [*(f"f{f} {name}" for f, name in enumerate(FUNCTION_NAMES, start=1)), label]
    for method in ("complete", "ward"):
        tree = cluster(points.to_numpy(), method="complete" if method == "complete" else "ward")
        page.figure(
            figures.dendrogram(tree, names, emphasized=(label,), height=f"{method} linkage, z-scores"),
            name=f"dendrogram-{method}",
            caption=f"{method.capitalize()} linkage of {label} and the medians of the functions. {analysis.caption}.",
        )
    page.figure(
        figures.scatter_landscapes(
            {label: (plane(analysis.sample.X), metric.measured(analysis.sample.y))},
            value_label=metric.measured_label,
            n_columns=1,
        ),
        name="plane",
        caption="The design in two dimensions (metric multidimensional scaling), coloured by value as it was measured. "
        f"{analysis.caption}.",
    )
    panels = {name: {label: analysis.features.frame()[name].to_numpy()} for name in placed.names}
    page.figure(
        figures.violins(panels),
        name="features-parts",
        caption=f"Features over the parts of the design. {analysis.caption}.",
    )
