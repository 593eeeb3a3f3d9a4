"""``iohnas status``: how far a study is."""

import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.best import CSV_NAME, best_so_far, print_best
from experiments.console import make_console, print_table
from experiments.folder import StudyFolder
from experiments.folder.record import printable_lines
from experiments.folder.running import Running, running, running_alone
from experiments.folder.status import Status, read_status
from experiments.option import Imports, StudyPath, in_command
from experiments.process import load_plugins
from experiments.text.number import count, duration, number
from optimizers.failure import NAME as FAILURES
from optimizers.failure import failures_text
from optimizers.ioh_format import read_runs
from optimizers.journal_file import UNFINISHED
from optimizers.lock import holder
from optimizers.regular_file import read_regular

_LARGEST = 2**20  # bytes of a file with failures
_SHOWN = 20  # runs and failures that are listed one by one


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status", rich_help_panel="Studies")(status)


ShowFailures = Annotated[
    bool,
    typer.Option(
        "--failures", help="Show tracebacks of failed runs and of failed evaluations, the first of each kind."
    ),
]


def status(folder: StudyPath, imports: Imports = None, failures: ShowFailures = False) -> None:
    """Show what is done, in progress (and by whom), failed (and why) and left, and when the study will end.

    Writes nothing, so it works while another process carries out the study.
    """
    load_plugins(imports or ())
    if not StudyFolder(folder).exists and _print_single(make_console(), folder, failures=failures):
        return
    study_folder = StudyFolder.open(folder)
    progress = read_status(study_folder)
    inside = running(study_folder)
    console = make_console()
    columns = ["problem", "solver", "done", "running", "failed", "left", "seconds per run"]
    rows = [[r.problem, r.algorithm, r.n_done, r.n_running, r.n_failed, r.n_left, r.seconds] for r in progress.rows]
    print_table(console, columns, rows)
    total = progress.n_done + progress.n_left
    are_left = f"{number(progress.n_left)} {'is' if progress.n_left == 1 else 'are'} left"
    counts = f"{number(progress.n_done)} of {number(total)} runs are finished, {are_left}, "
    counts += f"{number(len(progress.failures))} failed"
    console.print(counts + (f", {number(len(progress.running))} in progress" if progress.holder is not None else ""))
    _print_work(console, progress, inside, folder, imports or ())
    print_best(console, best_so_far(study_folder), folder / CSV_NAME)
    for failure in list(progress.failures.values())[:_SHOWN]:
        times = "once" if failure.attempts == 1 else count(failure.attempts, "time")
        console.print(f"failed {times}: {failure.key}: {failure.reason}", style="red")
    if len(progress.failures) > _SHOWN:
        console.print(f"... and {number(len(progress.failures) - _SHOWN)} more failed", style="red")
    for line in progress.failed_evaluations:
        console.print(line, style="red")
    if failures:
        _print_failures(console, study_folder, progress, inside)
    elif progress.failures or progress.flawed or any(state.failures for state in inside.values()):
        console.print(f"tracebacks: iohnas status {in_command(folder, imports or ())} --failures")
    if progress.n_damaged:
        console.print(
            f"moved aside: {count(progress.n_damaged, 'damaged run')}, with the reasons: {folder / 'damaged'}"
        )
    if progress.n_unmerged and progress.holder is None:
        console.print(
            f"not merged yet: {count(progress.n_unmerged, 'finished run')}; see iohnas merge {shlex.quote(str(folder))}"
        )


def _print_failures(console: Console, folder: StudyFolder, status: Status, inside: Mapping[str, Running]) -> None:
    """What failed runs and failed evaluations left of their tracebacks."""
    for key, failure in list(status.failures.items())[:_SHOWN]:
        console.print(f"\n{key} failed:\n{printable_lines(failure.details or failure.reason)}", style="red")
    for key, state in list(inside.items())[:_SHOWN]:
        _print_traced(console, key, failures_text(state.failures))
    for key in status.flawed[:_SHOWN]:
        path = folder.traced_path(key)
        with suppress(OSError):  # the run was moved aside meanwhile
            _print_traced(console, str(path), read_regular(path, limit=_LARGEST).decode("utf-8", "replace"))


def _print_traced(console: Console, where: str, text: str) -> None:
    if text:
        console.print(f"\n{where}:\n{printable_lines(text.rstrip())}", style="red")


def _print_single(console: Console, folder: Path, *, failures: bool) -> bool:
    """Say how far a run of ``optimizers.run`` is; whether there is one."""
    alone = running_alone(folder)
    if alone is not None:
        what, state = alone
        maker = holder(folder.with_name(folder.name.removesuffix(UNFINISHED)), next_to=True)
        if maker is not None:
            console.print(f"{what}: {state.in_words}, by process {maker.pid} on {maker.host}")
        else:
            console.print(f"interrupted, what was evaluated is kept: {what}: {state.so_far}")
            console.print("no process is at work; the same call of optimizers.run goes on from it")
        if failures:
            _print_traced(console, "failed evaluations", failures_text(state.failures))
        elif state.failures:
            console.print(f"tracebacks: iohnas status {shlex.quote(str(folder))} --failures")
        return True
    try:
        runs = read_runs(folder) if any(folder.glob("IOHprofiler_*.json")) else ()
    except (OSError, ValueError):
        return False
    for run in runs[:_SHOWN]:
        n = count(run.n_evaluations, "evaluation")
        row = run.incumbent
        best = "all failed" if row is None else f"best {number(float(run.columns['raw_y'][row]), 5)}"
        console.print(f"{run.algorithm} on {run.function_name}: finished, {n}, {best}")
    if runs and failures:
        with suppress(OSError):
            text = read_regular(folder / FAILURES, limit=_LARGEST).decode("utf-8", "replace")
            _print_traced(console, "failed evaluations", text)
    elif runs and (folder / FAILURES).exists():
        console.print(f"evaluations failed; tracebacks: {folder / FAILURES}")
    return bool(runs)


def _print_work(
    console: Console, status: Status, inside: Mapping[str, Running], folder: Path, imports: Sequence[Path]
) -> None:
    now = time.time()
    for key, state in list(inside.items())[:_SHOWN]:
        kept = "" if status.holder is not None else "interrupted, what was evaluated is kept: "
        console.print(f"{kept}{key}: {state.in_words if status.holder is not None else state.so_far}")
    if status.holder is not None:
        console.print(f"at work: {status.holder}")
        for key, maker in sorted(status.running.items(), key=lambda item: item[1].since)[:_SHOWN]:
            console.print(f"  {key}: for {duration(now - maker.since)}, by process {maker.pid} on {maker.host}")
    if (status.n_left or status.n_cut) and status.core_seconds == status.core_seconds:
        console.print(f"what is left takes about {duration(status.core_seconds)} of one core")
    if (status.n_left or status.n_cut) and status.end_seconds is not None:
        end = datetime.fromtimestamp(now + status.end_seconds, UTC)
        console.print(f"at the speed so far it ends in {duration(status.end_seconds)}, at {end:%Y-%m-%d %H:%M:%S} UTC")
    if status.n_cut:
        console.print(f"{count(status.n_cut, 'finished run')} ended early, by the clock")
    if (status.n_left or status.n_cut) and status.holder is None:
        console.print(f"no session is at work; continue with: iohnas run --out {in_command(folder, imports)}")
