"""``iohnas recommend``: which optimizer should search this problem, and why."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

import nas_problems
from ela.recorded import REFERENCE_SOLVER, RecordedPerformance
from experiments.console import make_console, print_table
from experiments.folder import StudyFolder
from experiments.landscape.analysis import ranking_frame
from experiments.landscape.recommend import Advice, advise, draw_losses, nearest_frame
from experiments.landscape.recorded_portfolio import learn
from experiments.option import Data, Imports, SpaceFile, Target, as_typed, in_command, problem_name
from experiments.page import Page
from experiments.unit import load_plugins

_SHOWN = 6  # solvers and problems on the terminal; the page has all
_COMPARED = 3  # solvers of the study that is proposed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recommend", rich_help_panel="Landscapes, and which optimizer to take")(recommend)


def recommend(
    context: typer.Context,
    problem: Annotated[str, typer.Argument(help="A name that 'iohnas list problems' shows.")] = "",
    data: Data = None,
    target: Target = None,
    space: SpaceFile = None,
    budget: Annotated[int, typer.Option(min=1, help="Evaluations that the solver will have.")] = 300,
    points: Annotated[
        int | None,
        typer.Option(min=0, help="Points of the design; 0: none. Default: 500, or 100 of a model that is trained."),
    ] = None,
    noise: Annotated[
        str | None, typer.Option(help="Noise mode of the problem; default: sampled, if it has it.")
    ] = None,
    learn_from: Annotated[
        list[Path] | None, typer.Option("--from", help="A study to learn from in place of our own; repeat for more.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of a page with all tables and a figure.")] = None,
    imports: Imports = None,
) -> None:
    """Rank solvers by how they did on recorded problems, those with a like landscape first."""
    load_plugins(imports or ())
    console = make_console()
    problem = problem_name(problem, data, target, space)
    chosen = nas_problems.make(problem)
    if noise is not None:
        chosen = chosen.variant(noise=noise)
    elif "sampled" in chosen.evaluator.noise_kinds:
        chosen = chosen.variant(noise="sampled")
    performance: RecordedPerformance | None = None
    if learn_from:
        performance = learn([StudyFolder.open(path) for path in learn_from])
    found = advise(chosen, budget=budget, points=points, seed=seed, performance=performance)
    ranking, nearest = ranking_frame(found.ranking, unit="random search: 1"), nearest_frame(found)
    first = found.ranking[0]
    console.print(f"Take {first.solver}: {_expectation(first.loss, found.budget)}.", style="bold")
    for frame in (ranking.head(_SHOWN), nearest):
        shown = frame.dropna(axis="columns", how="all")
        print_table(console, list(shown.columns), [list(row) for row in shown.itertuples(index=False)])
    for line in _remarks(found):
        console.print(line)
    names = ",".join(dict.fromkeys([*(entry.solver for entry in found.ranking[:_COMPARED]), REFERENCE_SOLVER]))
    start = "" if data is None else f" --warm-start {shlex.quote(str(data))} --target {shlex.quote(str(target))}"
    whose = problem if data is None else "YOURS --import YOURS.py"
    command = f"iohnas run --problems {whose} --solvers {shlex.quote(names)} --budget {budget} --runs 10{start}"
    console.print(f"try it: {command} --out {in_command(Path('results') / problem, imports)}")
    if out is not None:
        page = Page(out, f"Which optimizer for {chosen.label}?", as_typed(context))
        page.text(f"**Take `{first.solver}`**: {_expectation(first.loss, found.budget)}.")
        page.text("\n".join(f"- {line}" for line in _remarks(found)))
        caption = f"Expected loss at {found.budget} evaluations: the weighted geometric mean over recorded problems."
        page.table(ranking, name="ranking", caption=caption)
        page.table(
            nearest_frame(found, rows=len(found.weights)),
            name="nearest",
            caption="Recorded problems and their weights.",
        )
        page.figure(
            draw_losses(
                found.performance,
                budget=found.budget,
                problems=sorted(found.weights, key=lambda name: -found.weights[name]),
                solvers=[entry.solver for entry in found.ranking],
            ),
            name="losses",
            caption=f"Loss of every solver on every recorded problem at {found.budget} evaluations, on a log scale; "
            "blue beats random search. Problems by weight, solvers by rank.",
        )
        console.print(f"page: {page.write()}")


def _expectation(loss: float, budget: int) -> str:
    return f"over {budget} evaluations its mean regret is expected to be {loss:.2f} times that of random search"


def _remarks(advice: Advice) -> list[str]:
    """What bears on how far to trust the ranking."""
    lines = []
    if advice.likeness is None:
        lines.append("Without a design all recorded problems count alike; with --points their landscapes are compared.")
    else:
        lines.append(f"The landscape was seen at {advice.n_points} points, whose evaluations are not counted.")
        if advice.likeness.is_far:
            lines.append(
                "It is unlike all recorded problems: more than twice as far from the nearest one as these are from "
                "each other. The ranking is hardly more than their average; iohnas ela looks for it among BBOB."
            )
    if advice.known:
        best = advice.known[0]
        lines.append(
            f"Searches of this very problem are recorded, and were left out above: best was {best.solver} with a loss "
            f"of {best.loss:.2f}; {advice.ranking[0].solver} had "
            f"{next(entry.loss for entry in advice.known if entry.solver == advice.ranking[0].solver):.2f}."
        )
    if advice.absent:
        lines.append(f"Not compared, because their files are not at hand: {', '.join(advice.absent)}.")
    return lines
