"""Run by ``test_unwritable.py`` in a process that may mount file systems: a study on a disk that fills up.

Prints one json object per step.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from experiments.cli import main as iohnas
from experiments.folder import StudyFolder
from experiments.folder.check import check_folder

EXPECTED = {"study.toml", "versions.toml", "runs", "ioh", "failed", ".lock", "best.csv", "best.json"}


def main() -> None:
    """Fill the disk, continue on a larger one, fill it while logs are merged, then look at it read-only."""
    mount = Path(sys.argv[1])
    mount_as("size=700k", mount, new=True)
    out = mount / "study"
    flags = ["--problems", "nb201-cifar10", "--solvers", "random-search", "--runs"]
    show("full", run("run", *flags, "40", "--workers", "2", "--out", out) | state(out))
    mount_as("size=50m", mount)
    show("continued", run("run", "--out", out, "--executor", "serial") | state(out))
    used = int(subprocess.run(["du", "-sk", mount], capture_output=True, check=True).stdout.split()[0])
    mount_as(f"size={used + 100}k", mount)
    show("full merge", run("merge", out) | state(out))
    show("full report", run("report", out) | state(out) | {"report": (out / "report").exists()})
    mount_as("size=80m", mount)
    show("report", run("report", out))
    before = listed(out / "report")
    used = int(subprocess.run(["du", "-sk", mount], capture_output=True, check=True).stdout.split()[0])
    mount_as(f"size={used + 60}k", mount)
    show("full second report", run("report", out) | {"same": listed(out / "report") == before})
    next(out.glob("runs/*/*/*/run.toml")).write_text("")
    mount_as(f"size={used + 8}k", mount)
    show("full repair", run("check", out, "--repair"))
    mount_as("size=80m", mount)
    show("again", run("run", "--out", out, "--executor", "serial"))
    mount_as("ro", mount)
    serial = ["--out", str(out), "--executor", "serial"]
    show("run", run("run", *serial))
    show("extend", run("run", *flags, "50", *serial))
    show("merge", run("merge", out))
    show("repair", run("check", out, "--repair"))
    show("check", run("check", out))
    show("status", run("status", out))
    os.chdir("/")
    subprocess.run(["umount", mount], check=True)


def listed(folder: Path) -> dict[str, int]:
    """Names and sizes of files."""
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir())}


def mount_as(options: str, place: Path, *, new: bool = False) -> None:
    """Mount a file system in memory, or change the one that is there."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options if new else f"remount,{options}", "tmpfs", place], check=True)


def run(*arguments: str | Path) -> dict[str, object]:
    """Exit code, output and error of a command."""
    out, error, code = io.StringIO(), io.StringIO(), None
    with redirect_stdout(out), redirect_stderr(error):
        try:
            iohnas([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
    return {"code": code, "out": out.getvalue(), "error": error.getvalue()}


def state(folder: Path) -> dict[str, object]:
    """What is in the folder: whole runs, damage, and what should not be there."""
    found = check_folder(folder)
    damage: Sequence[str] = [line for line in found.complaints if "merged logs" not in line]
    rest = sorted({path.name for path in folder.iterdir()} - EXPECTED)
    return {"n_runs": found.n_runs, "damage": damage, "rest": rest, "n_failed": len(StudyFolder(folder).failures())}


def show(step: str, found: dict[str, object]) -> None:
    """Print what came out of a step."""
    print(json.dumps({"step": step, **found}), flush=True)


if __name__ == "__main__":
    main()
