"""``iohnas recommend``: which optimizer should search this problem, and why."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import nas_problems
from experiments.console import make_console, print_table
from experiments.landscape.ranking import ranking_frame
from experiments.landscape.recommend import Advice, advise, never_alone
from experiments.option import Data, Imports, SpaceFile, Target, as_typed, in_command, problem_name
from experiments.process import load_plugins
from optimizers.handover import members
from optimizers.selector.portfolio import REFERENCE

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 6  # solvers and problems on the terminal; the page has all


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recommend", rich_help_panel="Landscapes, and which optimizer to take")(recommend)


def recommend(
    context: typer.Context,
    problem: Annotated[str, typer.Argument(help="A name that 'iohnas list problems' shows.")] = "",
    data: Data = None,
    target: Target = None,
    space: SpaceFile = None,
    budget: Annotated[int, typer.Option(min=1, help="Evaluations that the whole run will have.")] = 300,
    points: Annotated[
        int | None,
        typer.Option(
            min=0, help="Candidates to evaluate now; 0: none. Default: as many as landscape-selector would evaluate."
        ),
    ] = None,
    noise: Annotated[
        str | None, typer.Option(help="Noise mode of the problem; default: sampled, if available.")
    ] = None,
    learn_from: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="FOLDER", help="A study to learn from instead of ours; repeat for more."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="Folder for a page with all tables and a figure.")
    ] = None,
    imports: Imports = None,
) -> None:
    """Recommend a solver for a problem and a budget, with the loss to expect and how far to trust it."""
    load_plugins(imports or ())
    console = make_console()
    problem = problem_name(problem, data, target, space)
    chosen = nas_problems.make(problem)
    if noise is not None:
        chosen = chosen.variant(noise=noise)
    elif "sampled" in chosen.evaluator.noise_kinds:
        chosen = chosen.variant(noise="sampled")
    portfolio = None
    if learn_from:  # these imports take seconds, which the answer from our own portfolio need not wait for
        from experiments.folder import StudyFolder
        from experiments.landscape.portfolio_pack import with_features
        from experiments.landscape.recorded_performance import learn

        portfolio = with_features(learn([StudyFolder.open(path) for path in learn_from]), designs=bool(points))
    advice = advise(chosen, budget=budget, points=points, seed=seed, portfolio=portfolio)
    ranking = ranking_frame(advice.ranking, unit="random search: 1").rename(
        columns={"best for share of parts": "best for share of draws"}
    )
    console.print(headline(advice), style="bold")
    for frame in (ranking.head(_SHOWN), advice.nearest.head(_SHOWN)):
        print_table(console, list(frame.columns), [list(row) for row in frame.itertuples(index=False)])
    for line in remarks(advice):
        console.print(line)
    names = ",".join(dict.fromkeys([as_solver_text(advice.choice.plan), "landscape-selector", REFERENCE]))
    start = "" if data is None else f" --warm-start {shlex.quote(str(data))} --target {shlex.quote(str(target))}"
    whose = problem if data is None else "YOURS --import YOURS.py"
    command = f"iohnas run --problems {whose} --solvers {shlex.quote(names)} --budget {budget} --runs 10{start}"
    console.print(f"try it: {command} --out {in_command(Path('results') / problem, imports)}")
    if out is not None:
        console.print(f"page: {_write_page(out, advice, ranking, command=as_typed(context))}")


def _write_page(out: Path, advice: Advice, ranking: "pd.DataFrame", *, command: str) -> Path:
    """The page with all tables and the figure; returns its file."""
    from experiments.landscape.figures import draw_matrix
    from experiments.page import Page

    page = Page(out, f"Which optimizer for {advice.problem.label}?", command)
    page.text(f"**{headline(advice)}**")
    page.text("\n".join(f"- {line}" for line in remarks(advice)))
    caption = f"Expected loss at {advice.budget} evaluations, with 95 % intervals over the recorded problems."
    page.table(ranking, name="ranking", caption=caption)
    page.table(advice.nearest, name="nearest", caption="Recorded problems, the most similar first.")
    here = advice.portfolio
    order = [here.problems.index(name) for name in advice.nearest["recorded problem"]]
    solvers = [entry.solver for entry in advice.ranking]
    rows = [here.solvers.index(solver) for solver in solvers]
    page.figure(
        draw_matrix(here.loss[0][rows][:, order], [here.problems[p] for p in order], solvers),
        name="losses",
        caption=f"Loss of every solver on every recorded problem at {advice.budget} evaluations, on a log scale; "
        "blue beats random search. Problems by similarity, solvers by rank.",
    )
    return page.write()


def as_solver_text(plan: str) -> str:
    """A plan as ``iohnas run --solvers`` takes it."""
    return plan if len(members(plan)) == 1 else f"schedule[plan={plan}]"


def headline(advice: Advice) -> str:
    """The answer in a sentence."""
    first = advice.ranking[0]
    return (
        f"Take {as_solver_text(advice.choice.plan)}: over {advice.budget} evaluations its mean regret is expected to "
        f"be {first.loss:.2f} times that of random search ({first.low:.2f} to {first.high:.2f} over "
        f"{len(advice.portfolio.problems)} problems)."
    )


def remarks(advice: Advice) -> list[str]:
    """What bears on how far to trust the answer."""
    lines = []
    if not advice.model.n_design and advice.looks:  # learned from studies: of features only those of spaces are tried
        decides = "decides" if advice.choice.by_features else "does not stand against the average"
        lines.append(f"What is known of its space {decides}.")
    elif not advice.model.n_design:
        lines.append(
            "This is what is best on average over these studies; whether a look at the landscape would choose better "
            "was not tried on them."
        )
    elif advice.looks and advice.n_points:
        decided = "decide" if advice.choice.by_features else "do not stand against the average"
        lines.append(
            f"Features of {advice.n_points} uniform candidates {decided}; landscape-selector evaluates "
            f"{advice.model.n_design} as the beginning of its run."
        )
    elif advice.looks:
        lines.append("Without points this is what is best on average; with --points features could change it.")
    else:
        lines.append(
            f"With {advice.budget} evaluations don't look at the landscape first: on problems held out features did "
            "not choose better than the average, which is what this is."
        )
    b = advice.model.nearest_budget(advice.budget)
    ours, single, difference, low, high = advice.model.validation[b].tolist()
    if ours == single:
        lines.append(
            "On families of problems held out such a choice was the best single solver of the others, and lost "
            f"{2**ours:.2f}."
        )
    elif ours == ours:
        lines.append(
            f"On families of problems held out such a choice lost {2**ours:.2f}, the best single solver of the others "
            f"{2**single:.2f}: {2**difference:.2f} times as much ({2**low:.2f} to {2**high:.2f}, 95 % over problems)."
        )
    if missing := never_alone([advice.choice.plan], advice.portfolio.solvers):
        lines.append(
            f"{', '.join(missing)} was not run alone for {advice.budget} evaluations, which takes long: the comparison "
            "is with other solvers."
        )
    first = advice.ranking[0]
    rivals = [entry.solver for entry in advice.ranking[1:] if entry.low < first.high and entry.best > 0.05]
    if rivals:
        lines.append(f"Not clearly worse over these problems: {', '.join(rivals[:3])}.")
    if advice.known:
        best = next(iter(advice.known))
        had = advice.known.get(advice.choice.plan)
        lines.append(
            f"Searches of this very problem are recorded, and were left out above: best was {best} with a loss of "
            f"{advice.known[best]:.2f}" + ("." if had is None else f"; {advice.choice.plan} had {had:.2f}.")
        )
    return lines
