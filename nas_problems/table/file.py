"""The file of a table: what was found, how, and a checksum, in one npz without pickles."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray, IntArray
from nas_problems.evaluation import Fidelities
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.evaluators.training import METRICS
from nas_problems.problem import Problem
from nas_problems.space import Codes
from nas_problems.table.build import Journal
from nas_problems.table.plan import MEASURE, TablePlan, Unit

SCHEMA = 1
"""Version of the file's layout."""

_RESULTS = ("codes", "validation_right", "test_right", "n_parameters", "n_flops")
_TIMES = ("train_seconds", "latency_seconds")


@dataclass(frozen=True, eq=False)
class BuiltTable:
    """A finished table of m distinct candidates.

    Args:
        record: ``plan``, ``n_validation``, ``n_test``, ``schema``, and where and with what it was made.
        arrays: ``codes`` (m, d); ``validation_right`` and ``test_right``, right answers, -1 where training
            diverged, (fidelities, m, seeds); ``train_seconds``, likewise; ``n_parameters``, ``n_flops``
            and ``latency_seconds`` (m,).
    """

    record: Mapping[str, Any]  # what json can hold
    arrays: Mapping[str, NDArray[Any]]

    @cached_property
    def plan(self) -> TablePlan:
        """What was built."""
        return TablePlan.from_record(self.record["plan"])

    @cached_property
    def checksum(self) -> str:
        """sha256 of everything but times: the same for every build of a plan with the same torch and
        processor.
        """
        digest = hashlib.sha256(json.dumps(self.record["plan"], sort_keys=True).encode())
        for name in _RESULTS:
            digest.update(np.ascontiguousarray(self.arrays[name].astype("<i8")).tobytes())
        return digest.hexdigest()

    @property
    def codes(self) -> Codes:
        """The distinct candidates, (m, d)."""
        return self.arrays["codes"].astype(np.int64)

    def accuracy(self, part: str) -> FloatArray:
        """Percent of right answers in ``validation`` or ``test``, (fidelities, m, seeds); NaN: diverged."""
        right = self.arrays[f"{part}_right"].astype(np.float64)
        return np.where(right < 0, np.nan, 100.0 * right / self.record[f"n_{part}"])

    def evaluator(self) -> TableEvaluator:
        """All codes of the space, each with what its canonical form gave.

        Raises:
            ValueError: The table does not hold all distinct candidates.
        """
        space = self.plan.search_space
        assert space.size is not None
        every = space.canonical(space.from_index(np.arange(space.size)))
        rows = _positions(space.index_of(self.codes), space.index_of(every))
        shape = self.arrays["validation_right"].shape
        values = {f"{part}_accuracy": self.accuracy(part)[:, rows] for part in ("validation", "test")}
        values["train_seconds"] = self.arrays["train_seconds"][:, rows].astype(np.float64)
        for name in ("n_parameters", "n_flops", "latency_seconds"):
            column = self.arrays[name][rows].astype(np.float64)
            values[name] = np.broadcast_to(column[None, :, None], (shape[0], len(rows), 1))
        metrics = {name: METRICS[name] for name in values}
        return TableEvaluator(
            space,
            values,
            metrics,
            Fidelities("epochs", self.plan.epochs),
            cost_metric="train_seconds",
            all_recorded=True,
        )

    def problem(self, name: str, *, function_id: int, source: str) -> Problem:
        """An ordinary table problem: validation error is minimised, test accuracy is for reports.

        Args:
            name: Of the problem.
            function_id: 1 ... 32767, one that no other problem has.
            source: Key of a publication.

        Raises:
            ValueError: See ``evaluator`` and ``Problem``.
        """
        return Problem(
            name=name,
            function_id=function_id,
            base_space=self.plan.search_space,
            evaluator=self.evaluator(),
            objectives=(METRICS["validation_accuracy"],),
            source=source,
            test_metric="test_accuracy",
        )


def _positions(known: IntArray, wanted: IntArray) -> IntArray:
    order = np.argsort(known)
    place = np.minimum(np.searchsorted(known, wanted, sorter=order), len(known) - 1)
    found: IntArray = order[place]
    if not np.array_equal(known[found], wanted):
        n = len(np.unique(wanted))
        raise ValueError(f"table: wanted all {n} distinct candidates, found {len(known)}")
    return found


def assemble(journal: Journal, where: Mapping[str, str], *, n_validation: int, n_test: int) -> BuiltTable:
    """Put finished units together.

    A stack's seconds are shared out among its networks in proportion to their latency.

    Args:
        journal: All of whose units are finished.
        where: Machine and versions, for the record.
        n_validation: Images in the validation part.
        n_test: Images in the test part.

    Raises:
        ValueError: A unit is missing.
    """
    plan = journal.plan
    if journal.missing:
        n = len(journal.missing)
        raise ValueError(f"{journal.folder}: wanted all {len(plan.units)} units, {n} are missing")
    units = {unit: journal.read(unit) for unit in plan.units}
    numbers = sorted({unit.number for unit in plan.units})
    measured = {
        name: np.concatenate([units[Unit(MEASURE, number)][name] for number in numbers])
        for name in ("n_parameters", "n_flops", "latency_seconds")
    }
    arrays: dict[str, NDArray[Any]] = {"codes": plan.codes.astype(np.int8)}
    for name in ("validation_right", "test_right"):
        seeds = [
            np.concatenate([units[Unit(seed, number)][name] for number in numbers], axis=1)
            for seed in range(plan.n_seeds)
        ]
        arrays[name] = np.stack(seeds, axis=2).astype(np.int32)
    arrays |= {name: measured[name].astype(np.int64) for name in ("n_parameters", "n_flops")}
    arrays["latency_seconds"] = measured["latency_seconds"].astype(np.float32)
    seconds = np.empty(arrays["validation_right"].shape, dtype=np.float32)
    for number in numbers:
        rows = slice(number * plan.stack_size, number * plan.stack_size + len(plan.codes_of(Unit(0, number))))
        latency = measured["latency_seconds"][rows].astype(np.float64)
        for seed in range(plan.n_seeds):
            total = units[Unit(seed, number)]["seconds"].astype(np.float64)
            seconds[:, rows, seed] = total[:, None] * (latency / latency.sum())
    arrays["train_seconds"] = seconds
    record = {"schema": SCHEMA, "plan": plan.record(), "n_validation": n_validation, "n_test": n_test, **where}
    return BuiltTable(record, arrays)


def write_table(table: BuiltTable, path: Path) -> None:
    """Write a table; it appears by an atomic rename."""
    record = json.dumps({**table.record, "checksum": table.checksum}, sort_keys=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(partial, allow_pickle=False, record=np.array(record), **table.arrays)
    partial.replace(path)


def read_table(path: Path) -> BuiltTable:
    """Read a table and check it.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Not a table, one of another schema, or one whose checksum differs.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            record = json.loads(str(stored["record"]))
            arrays = {name: stored[name] for name in (*_RESULTS, *_TIMES)}
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{path}: wanted a table of iohnas, found {type(error).__name__}: {error}") from error
    if record.get("schema") != SCHEMA:
        raise ValueError(f"{path}: wanted schema {SCHEMA}, found {record.get('schema')}")
    table = BuiltTable(record, arrays)
    if table.checksum != record["checksum"]:
        raise ValueError(f"{path}: wanted checksum {record['checksum']}, found {table.checksum}; it is damaged")
    return table
