"""Building a table: unit after unit, each safe on disk before the next, on several processes.

Next to the table ``FILE`` lies the folder ``FILE.parts`` with one file per finished unit, which appears by
an atomic rename. A build that is killed goes on from there; nothing is done twice or lost but the units
that were being worked on.
"""

import json
import queue
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas_problems.array_file import Layout, read_arrays, write_arrays
from nas_problems.atomic import replacing
from nas_problems.bounded import read_bounded
from nas_problems.evaluators.child import Child
from nas_problems.network.available import check_torch
from nas_problems.table.plan import MEASURE, MEASURES, SCORES, TablePlan, Unit
from nas_problems.table.unit_call import Arrays, call_unit

_LARGEST = 2**28  # bytes of the arrays of a unit
_LARGEST_PLAN = 2**20  # bytes of a plan


def parts_folder(path: Path) -> Path:
    """Where the finished units of a table lie."""
    return path.with_name(path.name + ".parts")


@dataclass(frozen=True)
class Journal:
    """The finished units of a plan.

    Args:
        plan: What is built.
        folder: Where they lie.
    """

    plan: TablePlan
    folder: Path

    def open(self) -> None:
        """Make the folder, or see that it is this plan's.

        Raises:
            ValueError: It holds units of another plan, or the file of the plan is damaged. One that differs only in
                the number of seeds is not another plan: a table can get more seeds later.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "plan.json"
        if not path.exists():
            _write(path, json.dumps(self.plan.record(), indent=1).encode())
        wanted, found = self.plan.record(), _read_plan(path)
        changed = sorted(name for name in wanted if name != "n_seeds" and found.get(name) != wanted[name])
        if changed:
            raise ValueError(f"{self.folder}: wanted units of this plan, found others; {', '.join(changed)} differ")

    def path(self, unit: Unit) -> Path:
        """The file of a unit."""
        return self.folder / f"{unit.name}.npz"

    @property
    def missing(self) -> list[Unit]:
        """Units that are not finished, in the order of the plan."""
        return [unit for unit in self.plan.units if not self.path(unit).is_file()]

    def add(self, unit: Unit, arrays: Arrays) -> None:
        """Keep the result of a unit."""
        write_arrays(self.path(unit), arrays, what=_what(unit), compressed=False)

    def read(self, unit: Unit) -> Arrays:
        """The result of a finished unit.

        Raises:
            ValueError: A damaged file; without it, the unit is done again.
        """
        layouts = _layouts(len(self.plan.codes_of(unit)), len(self.plan.epochs), unit)
        read = read_arrays(self.path(unit), what=_what(unit), layouts=layouts, limit_bytes=_LARGEST)
        return dict(read.arrays)

    def remove(self) -> None:
        """Delete the folder, when the table is written."""
        shutil.rmtree(self.folder)


def _read_plan(path: Path) -> dict[str, Any]:
    """The record of a plan in a folder of parts.

    Raises:
        ValueError: It is something else.
    """
    try:
        found: Any = json.loads(read_bounded(path, _LARGEST_PLAN))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{path}: wanted the plan of a table, found something else")
    return found


def _layouts(n: int, n_fidelities: int, unit: Unit) -> dict[str, Layout]:
    """What the arrays of a unit with ``n`` candidates must be; see ``do_unit``."""
    if unit.seed == MEASURE:
        return {name: Layout("iuf", (n,), low=0) for name in MEASURES}
    per_training = (n_fidelities, n)
    return {
        **{name: Layout("i", per_training, low=-1) for name in ("validation_right", "test_right")},
        **{name: Layout("f", per_training, low=-1, high=100, finite=False) for name in SCORES},
        "seconds": Layout("f", (n_fidelities,), low=0),
    }


def _what(unit: Unit) -> str:
    return f"the result of the unit {unit.name} (remove the file, and the unit is done again)"


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as partial:
        partial.write_bytes(content)


def do_units(
    journal: Journal,
    *,
    n_workers: int = 1,
    device: str = "cpu",
    on_unit: Callable[[Unit], None] | None = None,
) -> None:
    """Do all units that are missing.

    Every worker is a process of its own with one thread, which ends when this one does.

    Args:
        journal: Opened.
        n_workers: Processes.
        device: Where to train.
        on_unit: Told every unit that is done; called by several threads, one at a time.

    Raises:
        ChildError: A unit raised; the others are kept.
        ImportError: torch is not installed.
    """
    check_torch("building a table")
    waiting: queue.SimpleQueue[Unit] = queue.SimpleQueue()
    for unit in journal.missing:
        waiting.put(unit)
    errors: list[BaseException] = []
    lock = threading.Lock()
    workers = [Child() for _ in range(n_workers)]

    def work(worker: Child) -> None:
        try:
            while not errors:
                unit = waiting.get_nowait()
                journal.add(unit, worker.call(call_unit, journal.plan, unit, device))
                with lock:
                    if on_unit is not None:
                        on_unit(unit)
        except queue.Empty:
            pass
        except BaseException as error:
            errors.append(error)
        finally:
            worker.stop()

    threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in workers]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # so that an interrupt is seen
    finally:
        for worker in workers:
            worker.stop()
    if errors:
        raise errors[0]
