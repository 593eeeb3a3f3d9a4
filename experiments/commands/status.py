"""``iohnas status``: how far a study is."""

from collections import Counter
from pathlib import Path
from statistics import median

import typer

from experiments.console import make_console, print_table
from experiments.folder import RunRecord, StudyFolder
from experiments.option import Imports, StudyPath
from experiments.unit import load_plugins

_SAMPLED = 50  # records that are read per row to estimate the time that is left
_SHOWN_FAILURES = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(folder: StudyPath, imports: Imports = None) -> None:
    """Say what is done, what failed and why, and what is left to do."""
    load_plugins(imports or ())
    study_folder = StudyFolder.open(folder)
    console = make_console()
    finished, failures = study_folder.finished(), study_folder.failures()
    plan = [run.key for run in study_folder.study.plan()]
    places = list(dict.fromkeys(_place(key) for key in plan))
    total, done = Counter(map(_place, plan)), Counter(_place(key) for key in plan if key in finished)
    failed = Counter(_place(key) for key in plan if key in failures)
    seconds_left = 0.0
    rows: list[list[object]] = []
    for place in places:
        keys = [key for key in plan if key in finished and _place(key) == place][:_SAMPLED]
        seconds = median([_wall_seconds(study_folder.run_path(key)) for key in keys]) if keys else float("nan")
        n_left = total[place] - done[place]
        seconds_left += 0.0 if not n_left else n_left * seconds
        rows.append([*place, done[place], failed[place], n_left, seconds])
    print_table(console, ["problem", "solver", "done", "failed", "left", "seconds per run"], rows)
    n_left = len(plan) - sum(done.values())
    console.print(f"{sum(done.values())} of {len(plan)} runs are finished, {n_left} are left, {len(failures)} failed")
    if n_left and seconds_left == seconds_left:
        console.print(f"what is left takes about {seconds_left:.0f} seconds of one core")
    for failure in list(failures.values())[:_SHOWN_FAILURES]:
        console.print(f"failed {failure.attempts} times: {failure.key}: {failure.reason}", style="red")


def _place(key: str) -> tuple[str, str]:
    problem, algorithm, _ = key.split("/")
    return problem, algorithm


def _wall_seconds(path: Path) -> float:
    try:
        return RunRecord.read(path).wall_seconds
    except ValueError:  # iohnas check says so
        return float("nan")
