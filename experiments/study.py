"""A study: which solvers run on which problems, how often, and for how long."""

import dataclasses
import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import overload

import numpy as np

import nas_problems
from experiments.text.toml import to_toml
from nas_problems import Noise, Problem
from nas_problems.array import brief
from nas_problems.parameter import check_file_name
from nas_problems.toml_text import load_toml
from nas_problems.variant import Variant
from optimizers.registry import make_initializer
from optimizers.runlog import algorithm_name
from optimizers.solver_text import parse_solver, solver_text

MAX_NAME = 120
"""Longest label of a problem or solver, so that every file system can hold the folders."""

MAX_RUNS = 10_000_000
"""Largest study; see ``Plan``, which does not write it out."""

_LARGEST_NUMBER = 2.0**1000
_FIXED = ("budget", "budget_seconds", "seed", "fidelity", "suite", "warm_start", "target", "parallel_evaluations")
"""What all runs of a study have in common."""


@dataclass(frozen=True, slots=True)
class Run:
    """One unit of work of a study: one solver on one problem instance, once.

    Args:
        problem: The problem, see ``Study.problems``.
        noise: Its noise mode.
        fidelity: Its fidelity; None: the full one.
        instance: Its instance.
        solver: Text of the solver, see ``optimizers.solver_text``.
        initializer: Registered name of the initializer.
        repetition: Number of the run among those that differ only in the seed, from 1.
        budget: Evaluations.
        budget_seconds: Recorded or measured cost; None: any.
        parallel_evaluations: See ``Study``.
        key: ``<problem label>/<algorithm>/i<instance>-s<repetition>``: identity and folder of the run.
        seed: Seed of the run, derived from the study's seed and the key.
    """

    problem: str
    noise: str
    fidelity: float | None
    instance: int
    solver: str
    initializer: str
    repetition: int
    budget: int
    budget_seconds: float | None
    parallel_evaluations: int
    key: str
    seed: int


@dataclass(frozen=True, slots=True)
class Study:
    """Every solver from every initializer on every instance of every problem in every noise mode.

    Args:
        problems: Registered names, or with options, ``nb201-cifar10[objective=validation_accuracy+n_parameters]``;
            see ``nas_problems.Variant``.
        solvers: Texts such as ``local-search[variant=query-until-lower]``; see ``optimizers.solver_text``.
        budget: Evaluations of each run, >= 1.
        runs: Runs with different seeds of each combination, >= 1.
        seed: Seed of the study, >= 0; the runs' seeds derive from it and from what they run.
        noise: Noise modes.
        instances: Instances of each problem.
        initializers: Registered names.
        fidelity: Fidelity of all problems; None: the full one of each.
        suite: Suite that the logs name; empty: the family of each problem.
        budget_seconds: Recorded or measured cost after which a run ends, too; None: whatever it costs.
        warm_start: A csv of evaluations that were made before, told to every solver, see ``optimizers.history``; the
            folder of the study keeps a copy of it. Empty: none.
        target: Its column of values; empty: the metric's name, or ``y``.
        parallel_evaluations: How many candidates of a live problem are evaluated at a time, as far as solvers ask for
            several; part of the study, so that its results do not depend on where it is carried out.

    Raises:
        ValueError: A field that is empty, repeated, of another type or out of range.
    """

    problems: tuple[str, ...]
    solvers: tuple[str, ...]
    budget: int
    runs: int = 1
    seed: int = 1
    noise: tuple[str, ...] = ("mean",)
    instances: tuple[int, ...] = (1,)
    initializers: tuple[str, ...] = ("uniform",)
    fidelity: float | None = None
    suite: str = ""
    budget_seconds: float | None = None
    warm_start: str = ""
    target: str = ""
    parallel_evaluations: int = 1

    def __post_init__(self) -> None:
        for name in ("problems", "solvers", "noise", "initializers", "instances"):
            kind = int if name == "instances" else str
            object.__setattr__(self, name, _check_list(getattr(self, name), name, kind))
        object.__setattr__(self, "problems", _check_list(list(map(_check_problem, self.problems)), "problems", str))
        object.__setattr__(self, "noise", _check_list([str(Noise.parse(mode)) for mode in self.noise], "noise", str))
        for name, low in (("budget", 1), ("runs", 1), ("seed", 0), ("parallel_evaluations", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value < 2**63:
                raise ValueError(f"{name}: wanted an integer >= {low}, found {brief(value)}")
        for name in ("fidelity", "budget_seconds"):
            value = getattr(self, name)
            if value is not None:
                if isinstance(value, bool) or not isinstance(value, (int, float)):
                    raise ValueError(f"{name}: wanted a number, found {brief(value)}")
                if not abs(value) < _LARGEST_NUMBER:  # also NaN, and integers beyond float64
                    raise ValueError(f"{name}: wanted a finite number, found {brief(value, 40)}")
                object.__setattr__(self, name, float(value))
        if self.budget_seconds is not None and not self.budget_seconds > 0:
            raise ValueError(f"budget_seconds: wanted a positive number, found {self.budget_seconds}")
        if self.n_runs > MAX_RUNS:
            raise ValueError(f"study: wanted at most {MAX_RUNS} runs, found {self.n_runs}")
        for name in ("warm_start", "target"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name}: wanted a string, found {brief(getattr(self, name))}")
        if self.target and not self.warm_start:
            raise ValueError(f"target: wanted a warm_start whose column it is, found {brief(self.target)} alone")
        if not isinstance(self.suite, str):
            raise ValueError(f"suite: wanted a string, found {brief(self.suite)}")
        if self.suite:
            check_file_name(self.suite, "suite name")

    # ---- files

    @classmethod
    def from_toml(cls, text: str) -> "Study":
        """Read what ``to_toml`` writes; missing fields have their defaults.

        Raises:
            ValueError: Not TOML, an unknown or missing field, or a value that a study cannot have.
        """
        try:
            fields = load_toml(text.encode("utf-8", "surrogatepass"))
        except ValueError as error:
            raise ValueError(f"study: {error}") from error
        known = {field.name: field for field in dataclasses.fields(cls)}
        unknown = [name for name in fields if name not in known]
        missing = [name for name in ("problems", "solvers", "budget") if name not in fields]
        if unknown or missing:
            found = f"unknown {unknown}" if unknown else f"no {missing}"
            raise ValueError(f"study: wanted the fields {', '.join(known)}, found {found}")
        return cls(**fields)

    def to_toml(self) -> str:
        """The study as text that ``from_toml`` reads back to an equal study."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        if self.parallel_evaluations == 1:
            del fields["parallel_evaluations"]  # as files of earlier versions have it
        return to_toml({name: value for name, value in fields.items() if value not in (None, "")})

    @classmethod
    def read(cls, path: Path | str) -> "Study":
        """Read a TOML file; a relative ``warm_start`` is one from the file's folder.

        Raises:
            OSError: It cannot be read.
            ValueError: See ``from_toml``; the message names the file.
        """
        try:
            study = cls.from_toml(Path(path).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        start = study.warm_start
        return study if not start else dataclasses.replace(study, warm_start=str(Path(path).parent / start))

    # ---- runs

    @property
    def n_runs(self) -> int:
        """Number of runs of the plan."""
        axes = (self.problems, self.noise, self.instances, self.solvers, self.initializers)
        return self.runs * math.prod(map(len, axes))

    def plan(self) -> "Plan":
        """All runs, repetition by repetition, so that a part of a study covers every combination.

        Raises:
            KeyError: An unknown problem, solver or initializer; the message has the nearest names.
            ValueError: A noise mode, instance, fidelity or option that one of them does not have; more objectives
                than a solver or an initializer takes; two solvers or problems with one label; or a label too long
                for a folder.
        """
        problems = [(name, noise, self._problem(name, noise)) for name, noise in product(self.problems, self.noise)]
        _check_ids([problem for _, _, problem in problems])
        for name, instance in product(self.problems, self.instances):
            nas_problems.make(name, instance=instance)
        for initializer, (_, _, problem) in product(self.initializers, problems):
            make_initializer(initializer, problem)  # says what it cannot do
        algorithms: dict[str, tuple[str, str]] = {}
        for solver, initializer in product(map(parse_solver, self.solvers), self.initializers):
            label = algorithm_name(solver.label, initializer)
            if algorithms.setdefault(label, (solver_text(solver), initializer)) != (solver_text(solver), initializer):
                raise ValueError(f"solvers: two of them have the label {label!r}")
            _check_label(label)
            for _, _, problem in problems:
                solver.check(problem, initializer)
        labels = tuple((name, noise, problem.label) for name, noise, problem in problems)
        return Plan(self, labels, tuple((label, *what) for label, what in algorithms.items()))

    def _problem(self, name: str, noise: str) -> Problem:
        return nas_problems.make(name, noise=noise, fidelity=self.fidelity)

    def differences(self, other: "Study") -> list[str]:
        """Why ``other`` is not this study with more problems, solvers, instances, seeds, ...: one line each."""
        axes = ("problems", "solvers", "noise", "instances", "initializers")
        lost = {name: [item for item in getattr(self, name) if item not in getattr(other, name)] for name in axes}
        differences = [f"{name}: {', '.join(map(str, items))} would be lost" for name, items in lost.items() if items]
        if other.runs < self.runs:
            differences.append(f"runs: wanted at least {self.runs}, found {other.runs}")
        return differences + [
            f"{name}: wanted {_in_words(getattr(self, name))}, found {_in_words(getattr(other, name))}"
            for name in _FIXED
            if getattr(self, name) != getattr(other, name)
        ]


@dataclass(frozen=True)
class Plan(Sequence[Run]):
    """The runs of a study, each made when it is asked for: ten million of them take no memory, and no time.

    Args:
        study: The study.
        problems: Registered name, noise mode and label of each problem.
        algorithms: Label, text of the solver and initializer of each algorithm.
    """

    study: Study
    problems: tuple[tuple[str, str, str], ...]
    algorithms: tuple[tuple[str, str, str], ...]

    def __len__(self) -> int:
        return self.study.runs * self.n_per_repetition

    @property
    def n_per_repetition(self) -> int:
        """Runs with one seed of every combination."""
        return len(self.problems) * len(self.study.instances) * len(self.algorithms)

    @overload
    def __getitem__(self, index: int) -> Run: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Run, ...]: ...

    def __getitem__(self, index: int | slice) -> Run | tuple[Run, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(f"run: wanted an index below {len(self)}, found {index}")
        repetition, rest = divmod(index % len(self), self.n_per_repetition)
        problem, rest = divmod(rest, len(self.study.instances) * len(self.algorithms))
        instance, algorithm = divmod(rest, len(self.algorithms))
        name, noise, problem_label = self.problems[problem]
        algorithm_label, solver, initializer = self.algorithms[algorithm]
        study = self.study
        key = f"{problem_label}/{algorithm_label}/i{study.instances[instance]}-s{repetition + 1}"
        return Run(
            name, noise, study.fidelity, study.instances[instance], solver, initializer, repetition + 1, study.budget,
            study.budget_seconds, study.parallel_evaluations, key, derived_seed(study.seed, key),
        )  # fmt: skip

    def has(self, key: str) -> bool:
        """Whether the run with a key is planned."""
        place, _, end = key.rpartition("/")
        match = re.fullmatch(r"i([1-9]\d{0,9})-s([1-9]\d{0,9})", end)
        if match is None or tuple(place.split("/")) not in self.places:
            return False
        return int(match[1]) in self.study.instances and int(match[2]) <= self.study.runs

    @cached_property
    def places(self) -> dict[tuple[str, ...], int]:
        """Labels of problem and algorithm -> how many runs of them are planned, in the order of the plan."""
        n = len(self.study.instances) * self.study.runs
        return {(problem, label): n for _, _, problem in self.problems for label, *_ in self.algorithms}


def _in_words(value: float | str | None) -> str:
    return "none given" if value in (None, "") else str(value)


def derived_seed(study_seed: int, key: str) -> int:
    """Seed of a run in 0 ... 2**53 - 1, from only the study's seed and the run's identity."""
    words = np.frombuffer(hashlib.sha256(key.encode()).digest(), dtype="<u4")
    return int(np.random.SeedSequence([study_seed, *words.tolist()]).generate_state(1, np.uint64)[0] >> np.uint64(11))


def _check_list(values: object, name: str, kind: type) -> tuple[object, ...]:
    is_scalar = isinstance(values, np.ndarray) and values.ndim == 0
    if isinstance(values, str) or not isinstance(values, Iterable) or isinstance(values, Mapping) or is_scalar:
        raise ValueError(f"{name}: wanted a list, found {brief(values)}")
    listed = tuple(values)
    if not listed or any(not isinstance(value, kind) or isinstance(value, bool) for value in listed):
        raise ValueError(f"{name}: wanted a list of {kind.__name__}, found {brief(list(listed))}")
    if len(set(listed)) != len(listed):
        raise ValueError(f"{name}: wanted each one once, found {brief(list(listed))}")
    return listed


def _check_problem(text: str) -> str:
    """A problem of a study as its one string.

    Raises:
        ValueError: No such string, or with a noise mode or an instance, which are options of the whole study.
    """
    variant = Variant.parse(text)
    if variant.noise is not None or variant.instance is not None:
        raise ValueError(f"problems: wanted noise and instances as options of the study, found {text!r}")
    return str(variant)


def _check_label(label: str) -> None:
    check_file_name(label, "label")
    if len(label) > MAX_NAME:
        raise ValueError(f"label: wanted at most {MAX_NAME} characters, found {len(label)} in {label!r}")


def _check_ids(problems: list[Problem]) -> None:
    """Readers tell functions apart by id or by name: both must be unique, the id among those of a dimension."""
    labels: dict[tuple[int, int], str] = {}
    for problem in problems:
        _check_label(problem.label)
        identity = problem.log_id, problem.space.n_parameters
        first = labels.get(identity)
        if first == problem.label:
            raise ValueError(f"problems: two of them are {first}")
        labels[identity] = problem.label
        if first is not None:
            raise ValueError(f"problems: {first} and {problem.label} have the same id {problem.log_id} in logs")
