"""``iohnas check``: are the logs whole?"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from experiments.console import make_console
from experiments.folder import StudyFolder
from experiments.option import StudyPath
from experiments.text.number import count, number
from nas_problems.notebook import listed

if TYPE_CHECKING:
    from experiments.folder.check import CheckResult

_SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", rich_help_panel="Studies")(check)


def check(
    folder: StudyPath,
    repair: Annotated[
        bool, typer.Option("--repair", help="Move what is damaged to FOLDER/damaged and merge the logs again.")
    ] = False,
) -> None:
    """Read logs with our reader and with iohinspector, and check that both see the same.

    Takes the folder of a study, or any folder with IOHprofiler files. Names every file that is truncated,
    changed, duplicated, foreign or invalid; ends with code 1 if there is one. With --repair, damaged runs of
    a study are moved aside with the reason and left to do again.
    """
    from experiments.folder.check import check_folder
    from optimizers.ioh_format import foreign_format

    console = make_console()
    studies = [] if StudyFolder(folder).exists else sorted(path.parent.name for path in folder.glob("*/study.toml"))
    if studies:
        raise ValueError(
            f"{folder}: wanted one study, found {count(len(studies), 'study', 'studies')}: {listed(studies)}; "
            "check one at a time"
        )
    report = _repair(console, folder) if repair else check_folder(folder)
    if not report.n_runs and not report.complaints and not StudyFolder(folder).exists:
        why = foreign_format(folder)
        raise ValueError(f"{folder}: wanted the folder of a study, or of IOHprofiler logs, found neither{why}")
    _print_some(console, report.complaints)
    for note in report.notes:
        console.print(f"note: {note}")
    counts = f"{count(report.n_runs, 'run')} with {count(report.n_evaluations, 'evaluation')}"
    counts += f" of {count(report.n_algorithms, 'solver')} on {count(report.n_functions, 'problem')}"
    if report.complaints:
        console.print(f"{folder}: {count(len(report.complaints), 'complaint')}; {counts} are whole")
        if report.damaged and not repair:
            console.print(f"move what is damaged aside with: iohnas check {shlex.quote(str(folder))} --repair")
        raise typer.Exit(1)
    checked = "" if report.notes else ": our reader and iohinspector see the same runs, evaluations and best values"
    console.print(f"{folder}: {counts}{checked}")


def _repair(console: Console, folder: Path) -> "CheckResult":
    from experiments.folder.repair import repair_folder

    done = repair_folder(folder)
    _print_some(console, [str(fault) for place in done.moved for fault in done.reasons[place]])
    if done.moved:
        console.print(
            f"moved aside to {folder / 'damaged'}: {len(done.moved)}, of which {number(done.n_runs)} are runs"
        )
    if done.merged:
        console.print("the logs were merged again")
    if done.kept is not None:
        console.print(f"the earlier ones, which have runs that are not among the others, are kept: {done.kept}")
    if done.n_runs:
        console.print(f"left to do again: {count(done.n_runs, 'run')}: iohnas run --out {shlex.quote(str(folder))}")
    if not done.moved and not done.merged:
        console.print("nothing to repair")
    return done.after


def _print_some(console: Console, lines: "list[str] | tuple[str, ...]") -> None:
    for line in lines[:_SHOWN]:
        console.print(line, style="red")
    if len(lines) > _SHOWN:
        console.print(f"... and {number(len(lines) - _SHOWN)} more", style="red")
