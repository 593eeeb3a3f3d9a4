"""The best configurations: what a search is made for."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from experiments.folder import StudyFolder
from experiments.folder.disk import write_atomically, writing
from experiments.folder.record import RunRecord
from experiments.text.number import number
from nas_problems import Problem
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.parameter import Config
from optimizers.runlog import RunLog

CSV_NAME, JSON_NAME = "best.csv", "best.json"
"""Files of a study's folder."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best configuration of a run.

    Args:
        config: True values by name.
        value: Minimised value; where trainings are recorded, their mean, whatever noise the search saw.
        spread: Standard deviation over the ``n`` values that are known of it; 0 where there is one.
        n: How many values are known: recorded trainings, or evaluations in this run.
        evaluation: Which evaluation of the run it was, from 1.
    """

    config: Config
    value: float
    spread: float
    n: int
    evaluation: int


def best_of_run(problem: Problem, log: RunLog) -> Best | None:
    """The best configuration that a run found; None where all evaluations failed, or there are several objectives."""
    if log.y.ndim > 1 or log.failed.all():
        return None
    row = log.best
    if log.failed[row]:
        return None
    Z = log.Z[row : row + 1]
    values = _recorded(problem, Z)
    if not len(values):
        canonical = problem.space.canonical(log.Z)
        is_same = (canonical == canonical[row]).all(axis=1) & ~log.failed & (log.fidelity == log.fidelity[row])
        values = log.y[is_same]
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    mean = float(values.mean()) if problem.noise.is_random else float(log.y[row])
    return Best(problem.space.decode(Z)[0], mean, spread, len(values), row + 1)


def _recorded(problem: Problem, Z: Any) -> Any:
    """Minimised values of all recorded trainings of one candidate, (n,); empty where nothing is recorded."""
    evaluator = problem.evaluator
    if not isinstance(evaluator, TableEvaluator):
        return np.empty(0)
    metric, level = (
        problem.objectives[0],
        evaluator.fidelities.values.index(problem.fidelity or evaluator.fidelities.full),
    )
    values = evaluator.values[metric.name][level, int(evaluator.space.rows_of(problem.to_base(Z))[0])]
    return metric.minimised(values[np.isfinite(values)])


# ---- of a study


@dataclass(frozen=True, slots=True)
class Found:
    """The best configuration that a solver found on a problem, over all its runs.

    Args:
        problem: Label of the problem.
        algorithm: Name of the solver in logs.
        instance: Instance of the run that found it.
        run: Key of that run.
        objective: What was minimised, with its unit.
        value: See ``Best``.
        spread: See ``Best``.
        n: See ``Best``.
        evaluation: See ``Best``.
        config: See ``Best``.
    """

    problem: str
    algorithm: str
    instance: int
    run: str
    objective: str
    value: float
    spread: float
    n: int
    evaluation: int
    config: Mapping[str, Any]  # what json can hold

    @property
    def in_words(self) -> str:
        """Value with its uncertainty, and the configuration."""
        values = ", ".join(f"{name}={number(value, 4)}" for name, value in self.config.items())
        return f"{self.value_in_words}: {values}"

    @property
    def value_in_words(self) -> str:
        """The value, and the standard deviation of single trainings where it is known."""
        known = f" ± {number(self.spread, 2)} over {self.n}" if self.n > 1 and self.spread > 0 else ""
        return f"{number(self.value, 5)}{known}"


def best_of(records: Iterable[RunRecord]) -> list[Found]:
    """The best of each problem and solver, sorted by problem and value; failed runs and old records have none."""
    best: dict[tuple[str, str], Found] = {}
    for record in records:
        found = _found(record)
        if found is None:
            continue
        key = (found.problem, found.algorithm)
        if key not in best or (found.value, found.run) < (best[key].value, best[key].run):
            best[key] = found
    return sorted(best.values(), key=lambda found: (found.problem, found.value, found.algorithm))


def best_per_problem(found: Sequence[Found]) -> list[Found]:
    """The first of each problem."""
    first: dict[str, Found] = {}
    for each in found:
        first.setdefault(each.problem, each)
    return list(first.values())


def _found(record: RunRecord) -> Found | None:
    try:
        config = json.loads(record.best_config)
    except ValueError:
        return None
    if not isinstance(config, dict):
        return None
    return Found(
        record.problem,
        record.algorithm,
        record.instance,
        record.key,
        record.objective,
        record.best_value,
        record.best_spread,
        record.best_n,
        record.best_evaluation,
        config,
    )


def config_text(config: Config) -> str:
    """A configuration as JSON in one line, whatever its values are."""
    return json.dumps({name: _plain(value) for name, value in config.items()})


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def write_best(folder: StudyFolder, records: Iterable[RunRecord]) -> list[Found]:
    """Write ``best.csv`` and ``best.json`` into a study's folder: a row per problem and solver.

    Raises:
        UnwritableError: The folder cannot be written.
    """
    found = best_of(records)
    with writing(folder.path):
        write_atomically(folder.path / CSV_NAME, _csv(found))
        listed = [asdict(each) for each in found]
        write_atomically(folder.path / JSON_NAME, json.dumps(listed, indent=1) + "\n")
    return found


def _csv(found: Sequence[Found]) -> str:
    names = list(dict.fromkeys(name for each in found for name in each.config))
    own = ("problem", "algorithm", "instance", "run", "objective", "value", "spread", "n", "evaluation")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*own, *(f"config.{name}" for name in names)])
    for each in found:
        writer.writerow([*(getattr(each, name) for name in own), *(each.config.get(name, "") for name in names)])
    return text.getvalue()


def read_records(folder: StudyFolder) -> Iterable[RunRecord]:
    """The records of all finished runs; those that cannot be read are left out, ``iohnas check`` names them."""
    for key in sorted(folder.finished()):
        try:
            yield RunRecord.read(folder.run_path(key))
        except ValueError:
            continue
