"""``iohnas table``: tables of our own, built by training; verified, and modelled by surrogates."""

import dataclasses
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import nas_problems
from experiments.console import make_console, print_table, progress
from experiments.folder.disk import write_atomically, writing
from experiments.option import split_names
from experiments.text.number import count, duration
from nas_problems.frame.predicted import FilledTable, PredictedEvaluator
from nas_problems.opened import write_frame
from nas_problems.problem import Problem
from nas_problems.space import active_text, values_text
from nas_problems.surrogate import kinds
from nas_problems.table.build import Journal, do_units, parts_folder
from nas_problems.table.card import card, surroundings
from nas_problems.table.file import assemble, read_table, write_table
from nas_problems.table.plan import TablePlan, Unit
from nas_problems.table.surrogate import fit_surrogate
from nas_problems.table.usual import default_plan
from nas_problems.table.verify import verify_table

TablePath = Annotated[Path, typer.Argument(help="File of a table.")]
_AGREEMENT = ("r2", "spearman", "kendall")
_FINISHED_PARTS = "finished parts are kept; the same command goes on with what is left"

Device = Annotated[str, typer.Option(help="Where to train: cpu, cuda or cuda:1.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything that is drawn.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    table = typer.Typer(help="Build tables by training, and models of tables.", no_args_is_help=True)
    table.command("build")(build)
    table.command("verify")(verify)
    table.command("surrogate")(surrogate)
    table.command("frame")(frame)
    app.add_typer(table, name="table", rich_help_panel="Problems and solvers")


def build(
    out: Annotated[
        Path,
        typer.Option("--out", dir_okay=False, help="The table's file (.npz); FILE.parts and the card are next to it."),
    ],
    space: Annotated[str, typer.Option(help="nb201, macro or nb101.")] = "nb201",
    images: Annotated[str, typer.Option("--set", help="Image set, e.g. digits or fashion-mnist.")] = "digits",
    epochs: Annotated[str, typer.Option(help="Fidelities like 1,3,9,27; default: those of train-nb201-<set>.")] = "",
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of every candidate.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with one thread.")] = 1,
    device: Device = "cpu",
    stack: Annotated[
        int, typer.Option(min=0, help="Number of networks trained together; 0: chosen by the kind of network.")
    ] = 0,
    first: Annotated[
        int, typer.Option(min=0, help="Train only this many distinct candidates, the first of the space; 0: all.")
    ] = 0,
    random: Annotated[
        int, typer.Option(min=0, help="Train only this many distinct candidates, drawn at random; 0: all.")
    ] = 0,
    draw_seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Keep FILE.parts, so that seeds can be added later.")] = False,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="NAME=VALUE",
            help="Change the protocol or skeleton, e.g. --with cutout=2 --with channels=4.",
        ),
    ] = None,
) -> None:
    """Train every distinct candidate of a space; continues where an earlier call was stopped."""
    console = make_console()
    try:
        marks = tuple(int(mark) for mark in split_names(epochs))
    except ValueError as error:
        raise ValueError(f"--epochs: wanted numbers like 1,3,9,27, found {epochs!r}") from error
    plan = default_plan(space, images, epochs=marks or None, n_seeds=seeds)
    plan = dataclasses.replace(plan, stack_size=stack or plan.stack_size, n_candidates=first or None)
    if random:
        plan = dataclasses.replace(plan, n_random=random, draw_seed=draw_seed)
    plan = _changed(plan, change or [])
    journal = Journal(plan, parts_folder(out))
    with writing(out.parent, advice=_FINISHED_PARTS):
        journal.open()
    n_units, n_missing = len(plan.units), len(journal.missing)
    console.print(
        f"{out}: {count(len(plan.codes), 'candidate')}, {count(plan.n_seeds, 'seed')}; "
        f"{n_units - n_missing} of {n_units} done"
    )
    start = time.perf_counter()
    n_done = 0
    with progress(console, "units", n_units - n_missing, n_units) as advance:

        def on_unit(unit: Unit) -> None:
            nonlocal n_done
            n_done += 1
            left = (time.perf_counter() - start) / n_done * (n_missing - n_done)
            advance(f"{unit.name}: about {duration(left)} left")

        with writing(out.parent, advice=_FINISHED_PARTS):
            do_units(journal, n_workers=workers, device=device, on_unit=on_unit)
    with writing(out.parent, advice=_FINISHED_PARTS):
        images_found = _part_sizes(plan.images)
        table = assemble(journal, surroundings(device), **images_found)
        write_table(table, out)
        path = out.with_suffix(".md")
        write_atomically(path, card(table, out, _command(plan, out)))
    if not keep:
        journal.remove()
    console.print(f"{out}: checksum {table.checksum}; card: {path}")


def _part_sizes(name: str) -> dict[str, int]:
    """Sizes of the validation and test part of an image set."""
    from nas_problems.datasets.image_sets import load_image_set

    images = load_image_set(name)
    return {"n_validation": len(images.validation), "n_test": len(images.test)}


def _changed(plan: TablePlan, changes: list[str]) -> TablePlan:
    for change in changes:
        name, _, text = change.partition("=")
        for part in ("protocol", "skeleton"):
            value = getattr(plan, part)
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            if name in fields and name != "epochs":
                plan = dataclasses.replace(
                    plan, **{part: dataclasses.replace(value, **{name: _read(name, text, fields[name])})}
                )
                break
        else:
            raise ValueError(f"--with: wanted NAME=VALUE of protocol or skeleton, found {change!r}")
    return plan


def _read(name: str, text: str, like: object) -> object:
    try:
        if isinstance(like, bool):
            return {"true": True, "false": False}[text.lower()]
        return type(like)(text)  # type: ignore[call-arg]  # int, float or str
    except (KeyError, ValueError) as error:
        raise ValueError(f"--with {name}: wanted a value like {like}, found {text!r}") from error


def _command(plan: TablePlan, out: Path) -> str:
    words = ["iohnas", "table", "build", "--space", plan.space, "--set", plan.images]
    words += [
        "--epochs",
        ",".join(map(str, plan.epochs)),
        "--seeds",
        str(plan.n_seeds),
        "--stack",
        str(plan.stack_size),
    ]
    usual = default_plan(plan.space, plan.images, epochs=plan.epochs)
    for part in ("protocol", "skeleton"):
        ours, theirs = getattr(plan, part), getattr(usual, part)
        for field in dataclasses.fields(ours):
            if getattr(ours, field.name) != getattr(theirs, field.name):
                words += ["--with", f"{field.name}={getattr(ours, field.name)}"]
    if plan.n_candidates is not None:
        words += ["--first", str(plan.n_candidates)]
    if plan.n_random is not None:
        words += ["--random", str(plan.n_random), "--draw-seed", str(plan.draw_seed)]
    return shlex.join([*words, "--out", out.name])


def verify(
    path: TablePath,
    n: Annotated[int, typer.Option("--n", min=1, help="Candidates to train again, rounded up to whole stacks.")] = 20,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Largest mean difference, in percentage points, that is accepted.")
    ] = 2.0,
    seed: Seed = 0,
    device: Device = "cpu",
) -> None:
    """Train a sample again and compare; ends with code 1 if the mean difference is beyond the tolerance.

    With the torch and the processor that made the table, everything is equal; elsewhere sums are rounded
    differently, and training enlarges the difference.
    """
    console = make_console()
    table = read_table(path)
    console.print(f"{path}: checksum {table.checksum} holds; {len(table.codes)} candidates")
    verified = verify_table(table, n, rng=np.random.default_rng(seed), device=device)
    rows = [
        [str(epoch), float(recorded.mean()), float(now.mean()), float(difference)]
        for epoch, recorded, now, difference in zip(
            table.plan.epochs, verified.recorded, verified.found, verified.difference, strict=True
        )
    ]
    print_table(console, ["epochs", "recorded (%)", "trained again (%)", "mean difference (%)"], rows)
    console.print(f"{verified.n_equal} of {len(verified.codes)} candidates are equal at every fidelity")
    raise typer.Exit(0 if verified.holds(tolerance) else 1)


def surrogate(
    source: Annotated[str, typer.Argument(help="File of a table, or a name that 'iohnas list problems' shows.")],
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="The surrogate's file (.npz).")],
    metric: Annotated[str, typer.Option(help="What to predict; default: the problem's objective.")] = "",
    model: Annotated[str, typer.Option(help=f"{', '.join(kinds.names())}, or best: compare them all.")] = "best",
    n: Annotated[int, typer.Option("--n", min=0, help="Distinct candidates; 0: all of a finite space.")] = 0,
    trees: Annotated[int, typer.Option(min=1, help="Trees of a forest; networks train longer with more.")] = 100,
    seed: Seed = 0,
) -> None:
    """Fit models to a table or to a sample of a problem, compare them on held-out candidates, and save the best.

    The file is a problem: 'iohnas run --problems FILE.npz' searches it.
    """
    console = make_console()
    fitted = fit_surrogate(
        _problem(source),
        metric=metric or None,
        model=model,
        n=n or None,
        n_trees=trees,
        rng=np.random.default_rng(seed),
    )
    fitted.save(out)
    rows = [
        [kind, split, *(float(numbers[name]) for name in _AGREEMENT)]
        for kind, splits in fitted.record["compared"].items()
        for split, numbers in splits.items()
    ]
    n_all = int(fitted.record["n"])
    print_table(console, ["model", "held out", "R2", "Spearman", "Kendall"], rows)
    console.print(
        f"random: {n_all} candidates, each by a model of four fifths without it; best: the best fifth, "
        f"{n_all // 5}, by a model that saw none of it"
    )
    console.print(
        f"{out}: {fitted.record['model']}, predicts {fitted.record['metric']} as recorded, from {n_all} candidates"
    )


def frame(
    csv: Annotated[Path, typer.Argument(help="A csv (or Parquet) file with a row per evaluation.")],
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="File that says what the columns are (.toml).")],
    metric: Annotated[
        list[str],
        typer.Option(
            metavar="COLUMN", help="Column of a metric, e.g. loss or val_acc:max; the first one is the objective."
        ),
    ],
    parameters: Annotated[str, typer.Option(help="Columns of parameters; default: all others that vary.")] = "",
    fidelity: Annotated[str, typer.Option(help="Column of the fidelity.")] = "",
    seed_column: Annotated[str, typer.Option("--seed", help="Column of the seed.")] = "",
    cost: Annotated[str, typer.Option(help="Column of the cost in seconds.")] = "",
    test_metric: Annotated[str, typer.Option(help="Column that only reports look up, e.g. test_acc:max.")] = "",
    candidates: Annotated[str, typer.Option(help="nearest, rows or predicted; see from_frame.")] = "nearest",
    distance: Annotated[str, typer.Option(help="gower or hamming.")] = "gower",
    model: Annotated[str, typer.Option(help="Model that predicts; default: the better of two forests.")] = "",
    where: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Take these rows only, e.g. --where task_id=3.")
    ] = None,
) -> None:
    """Turn a csv of evaluations into a problem: 'iohnas run --problems FILE.toml' searches it."""
    console = make_console()
    options = {
        "metric": metric,
        "parameters": split_names(parameters),
        "fidelity": fidelity,
        "seed": seed_column,
        "cost": cost,
        "test_metric": test_metric,
        "candidates": candidates,
        "distance": distance,
        "model": model,
        "where": where or [],
    }
    problem = write_frame(out, csv, options)
    columns = ["parameter", "kind", "values", "active where"]
    rows = [
        [one.name, type(one).__name__.lower(), values_text(one), active_text(problem.space, one)]
        for one in problem.space.parameters
    ]
    shown = len(columns) - (not any(row[-1] for row in rows))
    print_table(console, columns[:shown], [row[:shown] for row in rows])
    n = "" if problem.space.n_rows is None else f", {count(problem.space.n_rows, 'candidate')}"
    kind = f"{candidates} ({distance})"
    if isinstance(problem.evaluator, PredictedEvaluator | FilledTable):
        kind = f"others predicted by {problem.evaluator.predicted_by}"
        print_table(console, ["model", "R2", "Spearman", "Kendall"], _compared(problem.evaluator.compared))
    console.print(f"{out}: {problem.name}, {problem.objectives[0].label}{n}; {kind}")


def _compared(compared: Mapping[str, Mapping[str, float]]) -> list[list[str | float]]:
    """A row for each model: what it predicts of rows that it has not seen."""
    return [[kind, *(float(numbers[name]) for name in _AGREEMENT)] for kind, numbers in compared.items()]


def _problem(source: str) -> Problem:
    path = Path(source)
    if path.suffix == ".npz" or path.is_file():
        return read_table(path).problem("table", function_id=1, source="")
    return nas_problems.make(source)
