"""What commands take from their start, in seconds of processor time; a report, which two processes draw, by the clock.

    python benchmarks/bench_command.py

Every command is a process of its own, as a user would start it; the least of three, in turns with its rival. The rival
of a report is iohinspector, which reads the same logs and draws the curves of every problem: two PDFs a problem, and no
table, test, PNG or page.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.measure import Row, show

_CLI = "from experiments.cli import main; main()"
_STUDY = ("--problems", "nb201-cifar10,nb201-cifar100,fcnet-protein,mlp-car", "--budget", "100", "--runs", "10")
_SOLVERS = "random-search,local-search,aging-evolution,cma-es,deap-ga,pymoo-ga"
_INSPECTOR = """
import sys
from pathlib import Path
from iohinspector import DataManager
from iohinspector.plots import plot_ecdf, plot_single_function_fixed_budget
manager = DataManager()
manager.add_folder(sys.argv[1])
rows = manager.load(monotonic=False, include_meta_data=True)
rows = rows.select("data_id", "algorithm_name", "function_name", "evaluations", "raw_y")
for (name,), found in rows.group_by("function_name"):
    for plot in (plot_single_function_fixed_budget, plot_ecdf):
        plot(found.drop("function_name"), file_name=str(Path(sys.argv[2], f"{plot.__name__}-{name}.pdf")))
"""


def rows() -> Iterator[Row]:
    """Imports, lists, an advice, and a report of 240 runs."""
    imports = {name: ("-c", f"import {name}") for name in ("nevergrad", "optuna", "ioh")}
    others = {f"import {name}": call for name, call in imports.items()}
    yield _row("import nas_problems", ("-c", "import nas_problems"), others, target=0.5)
    yield _row("iohnas --help", ("-c", _CLI, "--help"), others, target=0.5)
    nevergrad = {"import nevergrad": others["import nevergrad"]}
    yield _row("iohnas list problems", ("-c", _CLI, "list", "problems"), nevergrad)
    yield _row("iohnas recommend", ("-c", _CLI, "recommend", "nb201-cifar10", "--budget", "100"), nevergrad, target=3)
    with tempfile.TemporaryDirectory() as scratch:
        study, drawn = Path(scratch, "study"), Path(scratch, "drawn")
        drawn.mkdir()
        _spent(("-c", _CLI, "run", *_STUDY, "--solvers", _SOLVERS, "--out", str(study)))
        rival = {"iohinspector, curves alone": ("-W", "ignore", "-c", _INSPECTOR, str(study / "ioh"), str(drawn))}
        yield _row("iohnas report of 240 runs", ("-c", _CLI, "report", str(study)), rival, target=5, by_clock=True)
        assert len(list(drawn.iterdir())) == 8


def _row(
    what: str,
    ours: tuple[str, ...],
    rivals: Mapping[str, tuple[str, ...]],
    target: float | None = None,
    *,
    by_clock: bool = False,
) -> Row:
    least = dict.fromkeys(("", *rivals), float("inf"))
    for _ in range(3):
        for name, arguments in {"": ours, **rivals}.items():
            least[name] = min(least[name], _spent(arguments, by_clock=by_clock))
    return Row(what, least.pop(""), "s", least, target=target)


def _spent(arguments: tuple[str, ...], *, by_clock: bool = False) -> float:
    """Seconds of processor time of a Python process and of what it has waited for, or from its start to its end."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"python {' '.join(arguments)[:200]} ended with {process.returncode}")
    return time.perf_counter() - start if by_clock else usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    show(rows())
