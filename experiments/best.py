"""The best configurations: what a search is made for."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

import nas_problems
from experiments.folder import StudyFolder
from experiments.folder.disk import write_atomically, writing
from experiments.folder.plugin import plan_of
from experiments.folder.record import RECORD_NAME, RunRecord, fidelity_label, fidelity_number
from experiments.text.number import count, number
from nas_problems import Problem
from nas_problems.array import is_number
from nas_problems.evaluation import partial_fidelity_text
from nas_problems.evaluators.table import TableEvaluator
from nas_problems.parameter import Config, config_text
from nas_problems.space import used_configs
from optimizers.journal_file import read_journal
from optimizers.regret import noise_free_values
from optimizers.regular_file import read_regular
from optimizers.runlog import CONFIG_PREFIX, RunLog

CSV_NAME, JSON_NAME = "best.csv", "best.json"
"""Files of a study's folder."""

_LARGEST = 2**28  # bytes of best.json
_SHOWN_BEST = 10


@dataclass(frozen=True, slots=True)
class Best:
    """The best configuration of a run.

    Args:
        config: True values by name, without inactive parameters; of a row of a table the row's own.
        value: Minimised value, noise-free and at the problem's own fidelity, as in regrets; of a live problem as
            observed, at ``fidelity``.
        spread: Standard deviation over the ``n`` values that are known of it; 0 where there is one.
        n: How many values are known: recorded trainings, or evaluations in this run.
        evaluation: Which evaluation of the run it was, from 1.
        fidelity: Of the value: the problem's own, or of a live problem the highest one at which an evaluation of the
            run has succeeded.
    """

    config: Config
    value: float
    spread: float
    n: int
    evaluation: int
    fidelity: float


def best_of_run(problem: Problem, log: RunLog) -> Best | None:
    """The best configuration that a run found; None where all evaluations failed, or there are several objectives."""
    if log.y.ndim > 1 or log.failed.all():
        return None
    row = log.best
    if log.failed[row]:
        return None
    own = float(problem.fidelity or problem.fidelities.full)
    Z, reached = log.Z[row : row + 1], log.fidelity[row : row + 1]
    values = _recorded(problem, Z)
    if not len(values) and (problem.is_live or reached[0] == own):
        canonical = problem.space.canonical(log.Z)
        is_same = (canonical == canonical[row]).all(axis=1) & ~log.failed & (log.fidelity == reached[0])
        values = log.y[is_same]
    value = float(noise_free_values(problem, Z, log.y[row : row + 1], reached)[0])
    if problem.is_live and problem.noise.is_random:
        value = float(values.mean())
    return Best(
        config=used_configs(problem.base_space, problem.to_base(Z))[0],
        value=value,
        spread=float(values.std(ddof=1)) if len(values) > 1 else 0.0,
        n=max(len(values), 1),
        evaluation=row + 1,
        fidelity=float(reached[0]) if problem.is_live else own,
    )


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
        objective: What was measured, with its unit; in files of earlier versions, what was minimised.
        value: Of that; see ``Best``.
        spread: See ``Best``.
        n: See ``Best``.
        evaluation: See ``Best``.
        config: See ``Best``.
        fidelity: See ``Best``.
        own_fidelity: The problem's own, as text: ``epochs 200``.
        minimised: The same value as it is minimised, and as logs have it.
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
    fidelity: float
    own_fidelity: str
    minimised: float

    @property
    def in_words(self) -> str:
        """Value with its uncertainty and, where it is not the problem's own, its fidelity; and the configuration."""
        return f"{self.value_in_words}: {self.config_in_words}"

    @property
    def config_in_words(self) -> str:
        """The configuration in one line."""
        return ", ".join(f"{name}={_text(value)}" for name, value in self.config.items())

    @property
    def value_in_words(self) -> str:
        """The value, the standard deviation of single trainings where it is known, and a fidelity below the own."""
        known = f" ± {number(self.spread, 2)} over {self.n}" if self.n > 1 and self.spread > 0 else ""
        at = f" at {self.partial_fidelity}" if self.partial_fidelity else ""
        return f"{number(self.value, 5)}{known}{at}"

    @property
    def partial_fidelity(self) -> str:
        """The fidelity of the value where it is below the problem's own, ``epochs 3 of 50``; else empty."""
        name, _, _ = self.own_fidelity.rpartition(" ")
        return partial_fidelity_text(name, self.fidelity, fidelity_number(self.own_fidelity))


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def best_of(records: Iterable[RunRecord]) -> list[Found]:
    """The best of each problem and solver, sorted by problem and value; failed runs and old records have none.

    Values at a higher fidelity come before those at a lower one.
    """
    return _best(best for best in map(_found, records) if best is not None)


def _best(every: Iterable[Found]) -> list[Found]:
    best: dict[tuple[str, str], Found] = {}
    for each in every:
        key = (each.problem, each.algorithm)
        if key not in best or (*_rank(each), each.run) < (*_rank(best[key]), best[key].run):
            best[key] = each
    return sorted(best.values(), key=lambda each: (each.problem, *_rank(each), each.algorithm))


def _rank(found: Found) -> tuple[float, float]:
    """Smaller is better: the highest fidelity first, then the value."""
    return -found.fidelity, found.minimised


def best_per_problem(best: Sequence[Found]) -> list[Found]:
    """The first of each problem."""
    first: dict[str, Found] = {}
    for each in best:
        first.setdefault(each.problem, each)
    return list(first.values())


def _found(record: RunRecord) -> Found | None:
    try:
        config = json.loads(record.best_config)
    except ValueError:
        return None
    if not isinstance(config, dict):
        return None
    metric = record.measured
    return Found(
        record.problem,
        record.algorithm,
        record.instance,
        record.key,
        record.objective if metric is None else metric.measured_label,
        record.best_value if metric is None else metric.measured(record.best_value),
        record.best_spread,
        record.best_n,
        record.best_evaluation,
        config,
        record.best_fidelity or fidelity_number(record.fidelity),
        record.fidelity,
        record.best_value,
    )


def write_best(folder: StudyFolder, best: list[Found]) -> list[Found]:
    """Write ``best.csv`` and ``best.json`` into a study's folder: a row per problem and solver.

    Args:
        folder: The folder.
        best: ``best_of`` the records of its runs, or ``best_so_far``.

    Raises:
        UnwritableError: The folder cannot be written.
    """
    with writing(folder.path):
        write_atomically(folder.path / CSV_NAME, _csv(best))
        listed = [asdict(each) for each in best]
        write_atomically(folder.path / JSON_NAME, json.dumps(listed, indent=1) + "\n")
    return best


def _csv(best: Sequence[Found]) -> str:
    names = list(dict.fromkeys(name for each in best for name in each.config))
    own = [field.name for field in fields(Found) if field.name != "config"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*own, *(f"{CONFIG_PREFIX}{name}" for name in names)])
    for each in best:
        writer.writerow([*(getattr(each, name) for name in own), *(each.config.get(name, "") for name in names)])
    return text.getvalue()


def read_records(folder: StudyFolder) -> Iterable[RunRecord]:
    """The records of all finished runs; those that cannot be read are left out, ``iohnas check`` names them."""
    for key in sorted(folder.finished()):
        record = _record(folder, key)
        if record is not None:
            yield record


def current_best(folder: StudyFolder) -> list[Found]:
    """The best of each problem and solver so far: what ``best.json`` says, and runs that ended since it was written."""
    path = folder.path / JSON_NAME
    known: list[Found] = []
    written = 0.0
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        listed = json.loads(read_regular(path, limit=_LARGEST))
        known = [_checked(Found(**{"minimised": entry["value"]} | entry)) for entry in listed]
        written = path.lstat().st_mtime
    newer = [
        best
        for key in folder.finished()
        if _modified(folder.run_path(key) / RECORD_NAME) >= written
        and (record := _record(folder, key)) is not None
        and (best := _found(record)) is not None
    ]
    return _best([*known, *newer])


def best_so_far(folder: StudyFolder) -> list[Found]:
    """``current_best``, and what runs have found that have not ended, as far as their journals say.

    Raises:
        KeyError, ValueError: See ``plan_of``.
    """
    known = current_best(folder)
    journals = dict(folder.journals())
    if not journals:
        return known
    study, plan = folder.study, plan_of(folder.study, folder)
    names = {label: (name, noise) for name, noise, label in plan.problems}
    for key, path in journals.items():
        label, algorithm, place = key.split("/")
        with suppress(OSError, ValueError, KeyError):  # it has just ended, or is something else
            journal = read_journal(path)
            number = journal.best_number
            if number is not None and label in names:
                name, noise = names[label]
                problem = nas_problems.make(name, noise=noise, fidelity=study.fidelity)
                space, entry = problem.base_space, journal.entries[number]
                code = np.array([entry.code]).astype(space.dtype)
                config = json.loads(config_text(used_configs(space, code)[0]))
                instance = int(place.partition("-")[0].removeprefix("i"))
                known.append(
                    Found(
                        problem=label,
                        algorithm=algorithm,
                        instance=instance,
                        run=key,
                        objective=journal.objective.measured_label,
                        value=journal.objective.measured(journal.best),
                        spread=0.0,
                        n=1,
                        evaluation=number + 1,
                        config=config,
                        fidelity=entry.fidelity,
                        own_fidelity=fidelity_label(problem),
                        minimised=journal.best,
                    )
                )
    return _best(known)


def _checked(best: Found) -> Found:
    """What a file says, where it can be true.

    Raises:
        TypeError: It cannot.
    """
    texts = (best.problem, best.algorithm, best.run, best.objective, best.own_fidelity)
    numbers = (best.value, best.minimised, best.spread, best.fidelity)
    is_sound = (
        all(isinstance(text, str) and text.isprintable() for text in texts)
        and all(map(is_number, numbers))
        and all(isinstance(value, int) for value in (best.instance, best.n, best.evaluation))
        and isinstance(best.config, dict)
    )
    if not is_sound:
        raise TypeError("not a configuration that was found")
    return best


def _modified(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return -math.inf


def _record(folder: StudyFolder, key: str) -> RunRecord | None:
    try:
        return RunRecord.read(folder.run_path(key))
    except ValueError:
        return None


def print_best(console: Console, shown: Sequence[Found], path: Path) -> None:
    """Print the best configuration of each problem, and where those of all solvers are."""
    best = best_per_problem(shown)
    for each in best[:_SHOWN_BEST]:
        where = f" (instance {each.instance})" if each.instance != 1 else ""
        console.print(f"best of {each.problem}{where}: {each.objective} {each.in_words}, found by {each.algorithm}")
    if best and path.exists():
        more = f"{count(len(best) - _SHOWN_BEST, 'more problem')}, and " if len(best) > _SHOWN_BEST else ""
        console.print(f"{more}the best of every solver: {path}")
