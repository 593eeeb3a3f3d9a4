"""The file of a table: what was found, how, and a checksum, in one npz without pickles."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nas_problems.array import FloatArray, IntArray
from nas_problems.array_file import Layout, read_arrays, write_arrays
from nas_problems.evaluation import Fidelities
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.evaluators.training import METRICS, network_metrics
from nas_problems.frame.predicted import PredictedEvaluator
from nas_problems.frame.records import Records
from nas_problems.problem import Problem
from nas_problems.space import Codes
from nas_problems.table.build import Journal
from nas_problems.table.plan import MEASURE, MEASURES, SCORES, TablePlan, Unit

SCHEMA = 3
"""Version of the file's layout; 1 had no digest of everything, 2 no scores but right answers."""

_SCHEMA_WITHOUT_DIGEST = 1
_RESULTS = ("codes", "validation_right", "test_right", "n_parameters", "n_flops")
_PER_TRAINING = ("epochs", "candidates", "seeds")
_LAYOUTS = {
    "codes": Layout("iu", ("candidates", "parameters"), low=0),
    "validation_right": Layout("iu", _PER_TRAINING, low=-1),
    "test_right": Layout("iu", _PER_TRAINING, low=-1),
    "train_seconds": Layout("f", _PER_TRAINING, low=0),
    "n_parameters": Layout("iu", ("candidates",), low=0),
    "n_flops": Layout("iu", ("candidates",), low=0),
    "latency_seconds": Layout("f", ("candidates",), low=0),
}
_OPTIONAL = {
    **{name: Layout("f", _PER_TRAINING, low=-1, high=100, finite=False) for name in SCORES},
    "latency_milliseconds": Layout("f", ("candidates",), low=0),
}
_WHAT = "a table of iohnas"
_LARGEST = 2**32  # bytes of its arrays


@dataclass(frozen=True, eq=False)
class BuiltTable:
    """A finished table of m distinct candidates.

    Args:
        record: ``plan``, ``n_validation``, ``n_test``, ``schema``, and where and with what it was made.
        arrays: ``codes`` (m, d); ``validation_right`` and ``test_right``, right answers, -1 where training
            diverged, (fidelities, m, seeds); ``train_seconds``, likewise; ``n_parameters``, ``n_flops``
            and ``latency_seconds`` (m,); and, since schema 3, ``SCORES``, NaN where training diverged,
            (fidelities, m, seeds), and ``latency_milliseconds`` (m,).
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
        for name in SCORES:
            if name in self.arrays:
                digest.update(np.ascontiguousarray(self.arrays[name].astype("<f4")).tobytes())
        return digest.hexdigest()

    @property
    def codes(self) -> Codes:
        """The distinct candidates, (m, d)."""
        return self.arrays["codes"].astype(np.int64)

    def accuracy(self, part: str) -> FloatArray:
        """Percent of right answers in ``validation`` or ``test``, (fidelities, m, seeds); NaN: diverged."""
        right = self.arrays[f"{part}_right"].astype(np.float64)
        return np.where(right < 0, np.nan, 100.0 * right / self.record[f"n_{part}"])

    def evaluator(self) -> TableEvaluator | PredictedEvaluator:
        """All codes of the space, each with what its canonical form gave; predictions of forests where candidates
        were drawn.

        Raises:
            ValueError: The table does not hold all candidates of its plan.
        """
        return self._whole() if self.plan.n_random is None else self._with_holes()

    def _with_holes(self) -> PredictedEvaluator:
        values = self._values(np.arange(len(self.codes)))
        records = Records(
            self.codes,
            values,
            np.full(self.arrays["validation_right"].shape[:2], self.plan.n_seeds),
            Fidelities("epochs", self.plan.epochs, continued=True),
        )
        metrics = {name: network_metrics()[name] for name in values}
        return PredictedEvaluator(self.plan.search_space, records, metrics, "train_seconds")

    def _whole(self) -> TableEvaluator:
        space = self.plan.search_space
        assert space.n_rows is not None
        every = space.canonical(space.from_rows(np.arange(space.n_rows)))
        rows = _positions(space.index_of(self.codes), space.index_of(every))
        values = self._values(rows)
        metrics = {name: network_metrics()[name] for name in values}
        return TableEvaluator(
            space,
            values,
            metrics,
            Fidelities("epochs", self.plan.epochs, continued=True),
            cost_metric="train_seconds",
            all_recorded=True,
        )

    def _values(self, rows: IntArray) -> dict[str, FloatArray]:
        """Metric -> values of the candidates ``rows``, (fidelities, rows, seeds), or one for all seeds."""
        values = {f"{part}_accuracy": self.accuracy(part)[:, rows] for part in ("validation", "test")}
        for name in ("train_seconds", *SCORES):
            if name in self.arrays:
                values[name] = self.arrays[name][:, rows].astype(np.float64)
        for name in MEASURES:
            if name in self.arrays:
                column = self.arrays[name][rows].astype(np.float64)
                values[name] = np.broadcast_to(column[None, :, None], (len(self.plan.epochs), len(rows), 1))
        return values

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
    rows: IntArray = order[place]
    if not np.array_equal(known[rows], wanted):
        n = len(np.unique(wanted))
        raise ValueError(f"table: wanted all {n} distinct candidates, found {len(known)}")
    return rows


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
    measured = {name: np.concatenate([units[Unit(MEASURE, number)][name] for number in numbers]) for name in MEASURES}
    arrays: dict[str, NDArray[Any]] = {"codes": plan.codes.astype(np.int8)}
    for name in ("validation_right", "test_right", *SCORES):
        seeds = [
            np.concatenate([units[Unit(seed, number)][name] for number in numbers], axis=1)
            for seed in range(plan.n_seeds)
        ]
        arrays[name] = np.stack(seeds, axis=2).astype(np.float32 if name in SCORES else np.int32)
    arrays |= {name: measured[name].astype(np.int64) for name in ("n_parameters", "n_flops")}
    arrays |= {name: measured[name].astype(np.float32) for name in ("latency_seconds", "latency_milliseconds")}
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
    record = {**table.record, "schema": SCHEMA, "checksum": table.checksum}
    write_arrays(path, table.arrays, what=_WHAT, record=record)


def read_table(path: Path) -> BuiltTable:
    """Read a table and check it.

    Raises:
        FileNotFoundError: No such file.
        ValueError: Not a table, one of another schema, one that is damaged, or one whose numbers cannot be.
    """
    stored = read_arrays(
        path,
        what=_WHAT,
        layouts=_LAYOUTS,
        optional=_OPTIONAL,
        limit_bytes=_LARGEST,
        accepts_without_digest=lambda record: record.get("schema") == _SCHEMA_WITHOUT_DIGEST,
    )
    record = stored.record
    if record.get("schema") not in range(_SCHEMA_WITHOUT_DIGEST, SCHEMA + 1):
        raise ValueError(f"{path}: wanted schema {SCHEMA}, found {record.get('schema')}")
    table = BuiltTable(record, stored.arrays)
    try:
        _check(table)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: wanted {_WHAT}, found {' '.join(map(str, error.args))}") from error
    if table.checksum != record.get("checksum"):
        raise ValueError(f"{path}: wanted checksum {record.get('checksum')}, found {table.checksum}; it is damaged")
    return table


def _check(table: BuiltTable) -> None:
    """Whether the arrays are those of the plan, and counts are possible.

    Raises:
        KeyError, TypeError, ValueError: They are not.
    """
    plan, n_seeds = table.plan, table.arrays["validation_right"].shape[2]
    n_fidelities, m = table.arrays["validation_right"].shape[:2]
    plan.search_space.check(table.codes, "codes")
    if (n_fidelities, n_seeds) != (len(plan.epochs), plan.n_seeds) or not m:
        wanted = f"{len(plan.epochs)} numbers of epochs and {plan.n_seeds} seeds"
        raise ValueError(
            f"{n_fidelities} numbers of epochs and {n_seeds} seeds of {m} candidates where there are {wanted}"
        )
    for part in ("validation", "test"):
        n = table.record[f"n_{part}"]
        if isinstance(n, bool) or not isinstance(n, int) or n < 1 or table.arrays[f"{part}_right"].max() > n:
            raise ValueError(f"more right answers than {n} images of the {part} part")
