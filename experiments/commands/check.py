"""``iohnas check``: are the logs whole?"""

import typer

from experiments.console import make_console
from experiments.option import StudyPath


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(folder: StudyPath) -> None:
    """Read logs with our reader and with iohinspector, and prove that both see the same.

    Takes the folder of a study, or any folder with IOHprofiler files. Names every file that is truncated,
    duplicated or invalid; ends with code 1 if there is one.
    """
    from experiments.check import check_folder

    console = make_console()
    found = check_folder(folder)
    for complaint in found.complaints:
        console.print(complaint, style="red")
    for note in found.notes:
        console.print(f"note: {note}")
    counts = f"{found.n_runs} runs with {found.n_evaluations} evaluations"
    counts += f" of {found.n_algorithms} solvers on {found.n_functions} problems"
    if found.complaints:
        console.print(f"{folder}: {len(found.complaints)} complaints; {counts} are whole")
        raise typer.Exit(1)
    checked = "" if found.notes else ": our reader and iohinspector see the same runs, evaluations and best values"
    console.print(f"{folder}: {counts}{checked}")
