"""What a study's folder keeps of a run next to its log: a record of one that finished, a note of one that failed."""

import errno
import hashlib
import math
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from experiments.text.number import count, number
from experiments.text.toml import from_toml, to_toml
from nas_problems.evaluation import fidelity_text
from nas_problems.metric import Metric
from nas_problems.parameter import check_name
from nas_problems.problem import Problem
from optimizers.regular_file import Tree, list_tree, read_regular
from optimizers.runlog import RunLog

RECORD_NAME = "run.toml"

R = TypeVar("R", "RunRecord", "FailureRecord")

_LARGEST = 2**18  # bytes of a record or a note, which have few hundred
_DIGEST = "sha256"
_PART_BYTES = 2**20  # of a file that is read for its digest
_LATER = frozenset(  # fields that the records of earlier versions lack
    {"target_is_bound", "n_told"}
    | {"best_config", "best_value", "best_spread", "best_n", "best_evaluation", "best_fidelity"}
    | {"metric", "unit", "maximize"}
)


def key_parts(key: str) -> tuple[str, str, str]:
    """Problem, algorithm and run of a key.

    Raises:
        ValueError: Anything else, such as a key that would leave the study's folder.
    """
    parts = tuple(key.split("/"))
    if len(parts) != 3:
        raise ValueError(f"key: wanted <problem>/<algorithm>/<run>, found {key!r}")
    for part in parts:
        check_name(part, "key")
    return parts


def fidelity_label(problem: Problem) -> str:
    """The fidelity of a problem as records have it: ``epochs 200``."""
    return f"{problem.fidelities.name} {fidelity_text(problem.fidelity)}"


def fidelity_number(text: str) -> float:
    """The number in a fidelity as records have it; 0 where there is none.

    >>> fidelity_number("epochs 200"), fidelity_number("")
    (200.0, 0.0)
    """
    try:
        number = float(text.rpartition(" ")[2])
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def one_line(text: str) -> str:
    """A string as one printable line, cut where it is very long."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))[: _LARGEST // 64]


def printable_lines(text: str) -> str:
    """A string of several lines without what a terminal would obey."""
    return "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in text.expandtabs(4).split("\n"))


def facts_of(problem: Problem, log: RunLog) -> dict[str, Any]:
    """The fields of a record that follow from what was searched and what was evaluated."""
    metric = problem.sole_objective
    return {
        "problem": problem.label,
        "fidelity": fidelity_label(problem),
        "n_evaluations": len(log),
        "objective": " and ".join(each.label for each in problem.objectives),
        "target": float(problem.target),
        "target_is_optimum": problem.optimum is not None or problem.pareto_front is not None,
        "target_is_bound": problem.lower_bound is not None,
        "n_failed": int(log.failed.sum()),
        "cost_seconds": float(log.cost_seconds.sum()),
        "n_told": log.n_told,
        **({} if metric is None else {"metric": metric.name, "unit": metric.unit, "maximize": metric.maximize}),
    }


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is known of a finished run next to its log.

    Args:
        key: Identity of the run; see ``Run.key``.
        problem: Label of the problem.
        suite: Suite or family of the problem.
        algorithm: Name of the solver in logs, with its options and initializer.
        noise: Noise mode.
        fidelity: Fidelity as text, e.g. ``epochs 200``.
        instance: Instance of the problem.
        repetition: Number of the run among those that differ only in the seed.
        seed: Seed of the run.
        budget: Evaluations allowed.
        n_evaluations: Evaluations made.
        objective: What was minimised, with its unit; ``target``, ``final_regret`` and ``best_value`` are of it.
        target: The value from which regret is measured; 0 where neither an optimum nor a bound is known.
        target_is_optimum: Whether ``target`` is the known optimum.
        final_regret: Regret at the end.
        n_failed: Failed evaluations.
        failure: Why, in one line: the most frequent reason, and the place in the code; empty: none is known.
        cost_seconds: Recorded or measured cost of all evaluations.
        wall_seconds: Time that the run took here, in all sessions that the clock or its budget ended.
        n_told: See ``RunLog``.
        target_is_bound: Whether ``target``, where it is not an optimum, is a value that no candidate can beat.
        best_config: The best configuration, as JSON; empty: none, or a run of an earlier version.
        best_value: Its value, see ``experiments.best.Best``; 0 where there is none, as of the other two.
        best_spread: Standard deviation over the values that are known of it.
        best_n: How many these are.
        best_evaluation: Which evaluation it was.
        best_fidelity: Fidelity of its value, see ``experiments.best.Best``; 0 in records of earlier versions.
        metric: Name of the one metric that was measured; empty: there are several, or a run of an earlier version.
        unit: Its unit.
        maximize: Whether larger is better.
    """

    key: str
    problem: str
    suite: str
    algorithm: str
    noise: str
    fidelity: str
    instance: int
    repetition: int
    seed: int
    budget: int
    n_evaluations: int
    objective: str
    target: float
    target_is_optimum: bool
    final_regret: float
    n_failed: int
    failure: str
    cost_seconds: float
    wall_seconds: float
    target_is_bound: bool = True
    n_told: int = 0
    best_config: str = ""
    best_value: float = 0.0
    best_spread: float = 0.0
    best_n: int = 0
    best_evaluation: int = 0
    best_fidelity: float = 0.0
    metric: str = ""
    unit: str = ""
    maximize: bool = False

    @property
    def measured(self) -> Metric | None:
        """What was measured, for ``Metric.in_words``; None: not known, or several objectives."""
        return Metric(self.metric, self.unit, maximize=self.maximize) if self.metric else None

    @property
    def has_succeeded(self) -> bool:
        """Whether an evaluation did not fail, without which there is no incumbent."""
        return self.n_failed < self.n_evaluations

    @property
    def result(self) -> str:
        """What the search ended with, in words: its regret, or its value where no optimum is known."""
        if not self.has_succeeded:
            return "every evaluation failed"
        if self.target_is_optimum:
            return f"regret {number(self.final_regret)}"
        y = self.target + self.final_regret
        return f"value {number(y)}" if self.measured is None else self.measured.in_words(y, number)

    def write(self, folder: Path) -> None:
        """Write ``run.toml`` into the folder that holds the log, with a digest of both; it is made if absent."""
        folder.mkdir(exist_ok=True)
        text = to_toml(asdict(self))
        digest = to_toml({_DIGEST: _digest(files_of(folder), text)})
        (folder / RECORD_NAME).write_text(text + digest, encoding="utf-8", newline="\n")

    @staticmethod
    def read(folder: Path) -> "RunRecord":
        """Read ``run.toml`` of a folder.

        Raises:
            ValueError: It is absent, damaged, or has other fields; the message names the file.
        """
        path = folder / RECORD_NAME
        return RunRecord.parse(_read(path), path)

    @staticmethod
    def parse(content: bytes, path: Path) -> "RunRecord":
        """Read the content of a ``run.toml``.

        Raises:
            ValueError: See ``read``.
        """
        values = _values(content, path)
        values.pop(_DIGEST, None)
        return _filled(RunRecord, values, path)

    @staticmethod
    def is_intact(files: Tree) -> bool:
        """Whether files have the bytes with which ``write`` saw them.

        Args:
            files: Everything in the run's folder, see ``files_of``.

        Raises:
            OSError: One cannot be read.
        """
        if RECORD_NAME not in files.files:
            return False
        text, mark, digest = files.read(RECORD_NAME).decode("utf-8", "replace").rpartition(f"{_DIGEST} =")
        return bool(mark) and mark + digest == to_toml({_DIGEST: _digest(files, text)})


def failed_evaluations(records: Iterable[RunRecord]) -> list[str]:
    """A line per problem with failed evaluations, in the order of their names: how many of the runs', and why.

    >>> failed_evaluations([])
    []
    """
    flawed = sorted((record for record in records if record.n_failed), key=lambda record: record.problem)
    lines = []
    for problem, group in groupby(flawed, key=lambda record: record.problem):
        of_problem = list(group)
        n_failed, n = (sum(getattr(r, name) for r in of_problem) for name in ("n_failed", "n_evaluations"))
        reasons = Counter(record.failure for record in of_problem if record.failure)
        why = f", most often: {reasons.most_common(1)[0][0]}" if reasons else ""
        of_runs = f"{count(n, 'evaluation')} of {count(len(of_problem), 'run')}"
        lines.append(f"{problem}: {number(n_failed)} of the {of_runs} failed{why}")
    return lines


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """Why a run failed the last time.

    Args:
        key: Identity of the run.
        reason: One line.
        attempts: How often it failed.
        details: Traceback, where there is one.
    """

    key: str
    reason: str
    attempts: int = 1
    details: str = ""

    def to_toml(self) -> str:
        """The note's content, which ``read`` reads back: long texts are cut, and the reason is one printable line."""
        return to_toml(asdict(self) | {"reason": one_line(self.reason), "details": self.details[-_LARGEST // 8 :]})

    @staticmethod
    def read(path: Path) -> "FailureRecord":
        """Read a note.

        Raises:
            ValueError: It is absent, damaged, or has other fields; the message names the file.
        """
        return _filled(FailureRecord, _values(_read(path), path), path, lines=("details",))


def files_of(folder: Path) -> Tree:
    """Everything in a run's folder.

    Raises:
        OSError: It holds something that is neither a regular file nor a folder.
    """
    tree = list_tree(folder)
    for name, reason in tree.others.items():
        raise OSError(errno.EINVAL, reason, str(folder / name))
    return tree


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, limit=_LARGEST)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from error


def _values(content: bytes, path: Path) -> dict[str, Any]:
    try:
        return from_toml(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from error


def _filled(kind: type[R], values: dict[str, Any], path: Path, lines: tuple[str, ...] = ()) -> R:
    """A record with exactly its fields, whose texts are safe to print and whose names stay in the folder."""
    wanted: dict[str, object] = {field.name: field.type for field in fields(kind)}
    kinds: dict[str, object] = {name: type(value) for name, value in values.items()}
    needed = {*kinds, *(wanted.keys() - _LATER)}
    wrong = sorted(name for name in needed if kinds.get(name) != wanted.get(name))
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            wrong.append(name)
        if isinstance(value, str) and name not in lines and not value.isprintable():
            wrong.append(name)
    if wrong:
        raise ValueError(f"{path}: wrong or missing fields: {', '.join(wrong)}")
    try:
        key_parts(values["key"])
        for name in {"problem", "algorithm"} & values.keys():
            check_name(values[name], name)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return kind(**values)


def _digest(files: Tree, text: str) -> str:
    """Of a record's text and of the names and bytes of all other files."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(files.files):
        if name != RECORD_NAME:
            with files.open(name) as file:
                n_bytes = os.fstat(file.fileno()).st_size
                digest.update(f"{name}\0{n_bytes}\0".encode("utf-8", "surrogateescape"))
                while part := file.read(_PART_BYTES):
                    digest.update(part)
    return digest.hexdigest()
