"""The central type: a NAS or HPO task as a black-box minimisation problem."""

import copy
import dataclasses
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np

from nas_problems.array import BoolArray, FloatArray, brief, check_count, check_generator
from nas_problems.checked import check_fields
from nas_problems.evaluation import (
    Evaluations,
    Evaluator,
    Fidelities,
    InstancedEvaluator,
    KeepingEvaluator,
    ListedEvaluator,
    Metric,
    Noise,
    PreparingEvaluator,
    SolvedEvaluator,
    evaluate_at,
    fidelity_text,
    minimised,
)
from nas_problems.exhaustive import Optimum, ParetoFront, WholeTable
from nas_problems.instances import Relabelling, draw_relabelling
from nas_problems.metric import known_metrics
from nas_problems.notebook import facts, listed
from nas_problems.parameter import check_file_name
from nas_problems.pareto import Reference
from nas_problems.space import Codes, SearchSpace
from nas_problems.space.look_up import scalar_look_up

MAX_BASE_ID = 32_767
"""Function ids up to this one belong to problems as published; those above to their variants."""


@dataclass(frozen=True, repr=False)
class Problem:
    """A black-box problem: codes in, finite minimised values out.

    Catalog files build it with the first six arguments; ``variant`` (and ``nas_problems.make``) derive
    the others. Frozen: a variant is a new object that shares the evaluator.

    Args:
        name: Registered name.
        function_id: Fixed number of the problem as published, 1 ... 32767.
        base_space: The search space as published.
        evaluator: Evaluates codes of ``base_space``.
        objectives: What is minimised: one metric, or several for a multi-objective problem.
        source: Key of the publication in references.bib.
        fidelity: One of ``fidelities.values``, at which ``__call__`` evaluates; None means the full one.
        noise: How repeated trainings become one value.
        instance: 1 is the problem as published; others are symmetric relabellings of it, or what the evaluator has
            instances of.
        test_metric: Name of the metric that only reports may look up; None if the data has none.
        stated_reference: The scale on which sets of candidates are measured under several objectives; None: see
            ``reference``.

    Raises:
        ValueError: A name, id, metric, noise mode, fidelity or instance that cannot be.

    >>> import nas_problems
    >>> problem = nas_problems.make("nb201-digits").variant(noise="seed-1", fidelity=4)
    >>> problem.label, problem(problem.space.sample(2, np.random.default_rng(1))).shape
    ('nb201-digits.seed-1.epochs-4', (2,))
    """

    name: str
    function_id: int
    base_space: SearchSpace
    evaluator: Evaluator
    objectives: tuple[Metric, ...]
    source: str
    fidelity: float | None = None
    noise: Noise = field(default_factory=Noise)
    instance: int = 1
    test_metric: str | None = None
    stated_reference: Reference | None = None
    _base_objectives: tuple[Metric, ...] | None = field(default=None, kw_only=True)  # where others are minimised

    def __post_init__(self) -> None:
        check_fields(self)
        if not callable(getattr(self.evaluator, "evaluate", None)) or not hasattr(self.evaluator, "metrics"):
            raise ValueError(f"evaluator: wanted an Evaluator, found {brief(self.evaluator)}")
        check_file_name(self.name, "problem name")
        if check_count(self.function_id, "function_id", minimum=1) > MAX_BASE_ID:
            raise ValueError(f"function_id: wanted 1 ... {MAX_BASE_ID}, found {self.function_id}")
        if not self.objectives:
            raise ValueError(f"{self.name}: wanted at least one objective")
        for metric in (*(each.name for each in self.objectives), self.test_metric):
            if metric is not None and metric not in self.evaluator.metrics:
                raise ValueError(f"{self.name}: wanted metrics of {sorted(self.evaluator.metrics)}, found {metric!r}")
        if not isinstance(self.instance, int) or isinstance(self.instance, bool) or not 1 <= self.instance <= 65_535:
            raise ValueError(f"instance: wanted an integer in 1 ... 65535, found {self.instance!r}")
        if self.noise.kind not in self.evaluator.noise_kinds:
            known = sorted(self.evaluator.noise_kinds)
            raise ValueError(f"noise: {self.name} knows {known}, found {str(self.noise)!r}")
        if self.fidelity is None:
            object.__setattr__(self, "fidelity", self.fidelities.full)
        if self.fidelity not in self.fidelities.values:
            found = f"{self.fidelities.name}={self.fidelity}"
            raise ValueError(f"fidelity: {self.name} knows {self.fidelities.values}, found {found}")
        if self.stated_reference is not None and len(self.stated_reference.ideal) != len(self.objectives):
            n_stated = len(self.stated_reference.ideal)
            raise ValueError(f"reference: wanted one of {len(self.objectives)} objectives, found {n_stated}")

    def __repr__(self) -> str:
        """One line, without the arrays of its evaluator."""
        where = f"{self.fidelities.name} {self.fidelity:g}, noise {self.noise}"
        what = ", ".join(metric.label for metric in self.objectives)
        instance = "" if self.instance == 1 else f", instance {self.instance}"
        return f"<Problem {self.label}: {what}, {where}{instance}; {self.evaluator.kind}; {self.space!r}>"

    def _repr_html_(self) -> str:
        known = {
            "minimised": ", ".join(metric.label for metric in self.objectives),
            self.fidelities.name: self.fidelity,
            "noise": str(self.noise),
            "instance": self.instance,
            "evaluations are": self.evaluator.kind,
            "metrics": listed(sorted(self.evaluator.metrics), most=12),
            "source": self.source,
        }
        return facts(self.label, known, self.space._repr_html_())

    def __getstate__(self) -> dict[str, object]:
        """The fields, for copies in other processes: caches hold functions that cannot be pickled."""
        return {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}

    # ---- identity

    @property
    def fidelities(self) -> Fidelities:
        """The fidelities that the evaluator knows."""
        return self.evaluator.fidelities

    @cached_property
    def label(self) -> str:
        """Name of this variant, fit for logs and files: only the name for the problem as published,
        else with noise, fidelity and objectives appended. The instance is not part of it.
        """
        parts = [self.name]
        if self.noise.kind != "mean":
            parts.append(str(self.noise).replace(":", "-"))
        if self.fidelity != self.fidelities.full:
            parts.append(f"{self.fidelities.name}-{fidelity_text(self.fidelity)}")
        if self._base_objectives is not None:
            parts.extend(metric.name for metric in self.objectives)
        return ".".join(parts)

    @cached_property
    def log_id(self) -> int:
        """Function id in logs: ``function_id`` for the problem as published; for another noise mode,
        fidelity or objective a fixed number in 32768 ... 65535 derived from ``label``.
        """
        if self.label == self.name:
            return self.function_id
        return MAX_BASE_ID + 1 + zlib.crc32(self.label.encode()) % (65_535 - MAX_BASE_ID)

    def variant(
        self,
        *,
        noise: str | Noise | None = None,
        fidelity: float | None = None,
        objective: str | Sequence[str] | None = None,
        instance: int | None = None,
        reference: Reference | None = None,
    ) -> "Problem":
        """The same task with another noise mode, fidelity, objective, instance or reference; None keeps it.

        Args:
            noise: See ``Noise.parse``.
            fidelity: One of ``fidelities.values``.
            objective: Name of a metric, or several names for a multi-objective problem.
            instance: 1, 2, ...
            reference: Stated scale of hypervolumes; other objectives than before forget an earlier one.

        Raises:
            ValueError: A value that this problem does not have.
            KeyError: An unknown metric.
        """
        problem = self if instance is None else self._of_instance(instance)
        if objective is not None:
            several = isinstance(objective, Sequence) and not isinstance(objective, str)
            names = self._known_metrics(tuple(objective) if several else (objective,), "objective")
            if len(set(names)) < len(names):
                raise ValueError(f"objective: {self.name}: wanted each metric once, found {names}")
            if not names:
                raise KeyError(f"objective: wanted at least one of {sorted(self.evaluator.metrics)}, found none")
            chosen = tuple(problem.evaluator.metrics[name] for name in names)
            published = problem._base_objectives or problem.objectives
            problem = dataclasses.replace(
                problem,
                objectives=chosen,
                stated_reference=self.stated_reference if chosen == self.objectives else None,
                _base_objectives=None if chosen == published else published,
            )
        return dataclasses.replace(
            problem,
            noise=self.noise if noise is None else noise if isinstance(noise, Noise) else Noise.parse(noise),
            fidelity=self.fidelity if fidelity is None else fidelity,
            stated_reference=problem.stated_reference if reference is None else reference,
        )

    def _of_instance(self, instance: int) -> "Problem":
        other = dataclasses.replace(self, instance=instance)  # refuses what is not a number of an instance
        if not isinstance(self.evaluator, InstancedEvaluator):
            return other
        evaluator = self.evaluator.of_instance(instance)
        own, base = (
            None if metrics is None else tuple(evaluator.metrics[metric.name] for metric in metrics)
            for metrics in (self.objectives, self._base_objectives)
        )
        return dataclasses.replace(other, evaluator=evaluator, objectives=own or (), _base_objectives=base)

    @cached_property
    def noise_free(self) -> "Problem":
        """This problem without randomness: noise ``mean`` in place of a random mode, else itself."""
        return self.variant(noise="mean") if self.noise.is_random else self

    def keeping(self, folder: Path) -> "Problem":
        """This problem with its paused trainings kept in a folder, so that they go on after a kill, and in other
        processes that share it; the problem itself where it has nothing to pause.
        """
        if not isinstance(self.evaluator, KeepingEvaluator):
            return self
        return dataclasses.replace(self, evaluator=self.evaluator.keeping(folder))

    # ---- space

    @cached_property
    def _relabelling(self) -> Relabelling | None:
        if self.instance == 1 or isinstance(self.evaluator, InstancedEvaluator):
            return None
        return draw_relabelling(self.base_space, self.name, self.instance)

    @cached_property
    def space(self) -> SearchSpace:
        """The space of this instance: ``decode`` gives the true configuration in every instance."""
        return self.base_space if self._relabelling is None else self._relabelling.space

    def to_base(self, Z: Codes) -> Codes:
        """Codes of this instance to codes of the space as published, shape (n, d)."""
        return Z if self._relabelling is None else self._relabelling.to_base(Z)

    def from_base(self, Z: Codes) -> Codes:
        """The inverse of ``to_base``."""
        return Z if self._relabelling is None else self._relabelling.from_base(Z)

    # ---- evaluation

    def evaluate(
        self,
        Z: object,
        *,
        fidelity: float | FloatArray | None = None,
        rng: np.random.Generator | None = None,
        metrics: Sequence[str] | None = None,
        is_checked: bool = False,
    ) -> Evaluations:
        """Evaluate candidates and return what was measured, not minimised.

        Args:
            Z: Codes, shape (n, d). A row that fails the space's validity test is a failed evaluation
                at no cost.
            fidelity: One of ``fidelities.values`` for all rows, or one per row, (n,); None: the problem's own.
                Rows that follow each other at one fidelity are evaluated as a batch; the result is that of
                rows evaluated one after another.
            rng: Needed in a random noise mode, where one recorded seed gives all metrics of a row.
            metrics: Names of wanted metrics; None: all.
            is_checked: Whether ``Z`` is what ``space.check`` returned, so that it is not checked again.

        Returns:
            One row per candidate.

        Raises:
            ValueError: Codes not of this space, an unknown fidelity, or as many fidelities as there are not
                rows; or no ``rng`` in a random noise mode.
            KeyError: An unknown metric.
        """
        codes = cast(Codes, Z) if is_checked else self.space.check(Z)
        if metrics is self.objective_metrics:
            names = self.objective_metrics  # known
        else:
            names = tuple(self.evaluator.metrics) if metrics is None else self._known_metrics(metrics, "metrics")
        self._check_rng(rng)
        levels = None if fidelity is None else self.fidelities.check(fidelity, len(codes))
        if self.space.validity is None:
            return self._evaluate_valid(codes, levels, names, rng)
        valid = self.space.validity(codes)
        if valid.all():
            return self._evaluate_valid(codes, levels, names, rng)
        evaluations = self._evaluate_valid(codes[valid], None if levels is None else levels[valid], names, rng)
        return evaluations.spread(np.flatnonzero(valid), len(codes), missing="not a valid candidate")

    def _evaluate_valid(
        self, Z: Codes, levels: FloatArray | None, names: tuple[str, ...], rng: np.random.Generator | None
    ) -> Evaluations:
        assert self.fidelity is not None
        base = self.to_base(Z)
        if levels is None or not len(levels):
            return self.evaluator.evaluate(base, metrics=names, fidelity=self.fidelity, noise=self.noise, rng=rng)
        return evaluate_at(self.evaluator, base, levels, metrics=names, noise=self.noise, rng=rng)

    def learning_curve(
        self, Z: object, *, metric: str | None = None, rng: np.random.Generator | None = None
    ) -> FloatArray:
        """A metric at every fidelity, as measured; of one and the same training where it can be.

        Live training goes on from fidelity to fidelity. With noise ``sampled``, the seed that is drawn for a
        row is the same one at every fidelity that has recorded equally many.

        Args:
            Z: Codes, shape (n, d).
            metric: Its name; None: that of the first objective.
            rng: Needed in a random noise mode.

        Returns:
            Shape (n, fidelities), in the order of ``fidelities.values``; NaN where an evaluation failed.

        Raises:
            ValueError: See ``evaluate``.
            KeyError: An unknown metric.
        """
        self._check_rng(rng)
        (name,) = self._known_metrics((self.objective_metrics[0] if metric is None else metric,), "metric")
        columns = []
        for fidelity in self.fidelities.values:
            draws = rng if fidelity == self.fidelities.full else copy.deepcopy(rng)
            columns.append(self.variant(fidelity=fidelity).evaluate(Z, rng=draws, metrics=[name]).metrics[name])
        return np.stack(columns, axis=1)

    def _known_metrics(self, names: object, argument: str) -> tuple[str, ...]:
        return known_metrics(self.evaluator.metrics, names, f"{argument}: {self.name}")

    def _check_rng(self, rng: np.random.Generator | None) -> None:
        if rng is None and self.noise.is_random:
            raise ValueError(f"rng: {self.name} with noise {str(self.noise)!r} wants a numpy Generator, found None")
        if rng is not None:
            check_generator(rng)

    @cached_property
    def objective_metrics(self) -> tuple[str, ...]:
        """Names of the metrics behind the objectives."""
        return tuple(metric.name for metric in self.objectives)

    @property
    def sole_objective(self) -> Metric | None:
        """The one objective; None where there are several."""
        return self.objectives[0] if len(self.objectives) == 1 else None

    def check_one_objective(self, argument: str = "problem") -> None:
        """Refuse several objectives, for what knows one alone.

        Args:
            argument: What the message is about.

        Raises:
            ValueError: This problem has several.
        """
        if len(self.objectives) > 1:
            raise ValueError(f"{argument}: wanted one objective, found {self.objective_metrics}")

    @property
    def zero_cost(self) -> tuple[str, ...]:
        """Names of the metrics that are known of a candidate without training it: parameters, FLOPs, proxies."""
        return tuple(name for name, metric in self.evaluator.metrics.items() if metric.zero_cost)

    def minimised(self, evaluations: Evaluations) -> FloatArray:
        """The minimised values of evaluations that hold this problem's objectives.

        Returns:
            Finite values, (n,), or (n, m) for m > 1 objectives; the penalty where a row failed.
        """
        return minimised(evaluations, self.objectives, self.label)

    def __call__(self, Z: object, *, rng: np.random.Generator | None = None) -> FloatArray:
        """Minimised values of candidates.

        Args:
            Z: Codes, shape (n, d).
            rng: Needed in a random noise mode.

        Returns:
            Finite values, (n,), or (n, m) for m > 1 objectives.

        Raises:
            ValueError: See ``evaluate``.
        """
        if self.is_table and not self.noise.is_random:
            return self._column[self.space.rows_of(Z)]
        return self.minimised(self.evaluate(Z, rng=rng, metrics=self.objective_metrics))

    # ---- tables

    @property
    def is_table(self) -> bool:
        """Whether every value of the whole space is recorded, and looked up at once."""
        return self.evaluator.kind == "table"

    @property
    def is_live(self) -> bool:
        """Whether an evaluation trains or calls something, at a cost of its own."""
        return self.evaluator.kind == "live"

    def prepare(self) -> None:
        """Load what evaluations need, so that what is missing is found before a search begins.

        Nothing is trained or called: of a live problem its packages and images are looked for, of any other one
        candidate is looked up.

        Raises:
            ImportError: A package is not installed; the message has the command that installs it.
            DataUnavailableError: A file is not there and cannot be downloaded.
        """
        if self.is_live:
            if isinstance(self.evaluator, PreparingEvaluator):
                self.evaluator.prepare()
        else:
            self.noise_free.evaluate(self.space.sample(1, np.random.default_rng(0)), metrics=self.objective_metrics)

    @cached_property
    def _table(self) -> WholeTable:
        """All rows of a finite space, without noise."""
        if self.noise.is_random:
            return self.noise_free._table
        space, evaluator = self.space, self.evaluator
        if space.listing is not None and isinstance(evaluator, ListedEvaluator):
            assert self.fidelity is not None
            parts = [evaluator.every(self.objective_metrics, self.fidelity, self.noise)]
        else:
            batches = (space if space.listing else dataclasses.replace(space, validity=None)).enumerate()
            parts = [self.evaluate(Z, metrics=self.objective_metrics) for Z in batches]
        values = np.concatenate([self.minimised(part) for part in parts])
        failed = np.concatenate([part.failed for part in parts])
        return WholeTable(space, values, failed, np.array([metric.penalty for metric in self.objectives]))

    @cached_property
    def _column(self) -> FloatArray:
        return self._table.column

    def tabulate(self) -> FloatArray:
        """Noise-free minimised values of all rows of a finite space, in the order of ``space.rows_of``.

        Computed once; read-only, shape (n_rows,), or (n_rows, m) for m > 1 objectives.

        Raises:
            ValueError: An infinite space, or one of more than ten million rows.
        """
        if self.space.n_rows is None or self.space.n_rows > 10_000_000:
            raise ValueError(f"tabulate: wanted a finite space of at most ten million rows, found {self.space.n_rows}")
        return self._table.values

    def tabulate_failed(self) -> BoolArray:
        """Which rows of ``tabulate`` failed, and have a penalty instead of a value; read-only, shape (n_rows,).

        Raises:
            ValueError: See ``tabulate``.
        """
        self.tabulate()
        return self._table.failed

    def scalar(self, rng: np.random.Generator | None = None) -> Callable[[Sequence[int]], float]:
        """A function of one code, for loops that cannot be batched; as exact as ``__call__``.

        Args:
            rng: Needed in a random noise mode; the function draws from it.

        Returns:
            ``f(z) -> float``; on a table about ten times faster than a batch of one.
            It raises ValueError where ``__call__`` does.

        Raises:
            ValueError: Several objectives; or no ``rng`` in a random noise mode.
        """
        self.check_one_objective("scalar")
        self._check_rng(rng)
        if not self.is_table or self.noise.is_random:
            return lambda z: float(self([z], rng=rng)[0])
        return scalar_look_up(self._column, self.space)

    @cached_property
    def optimum(self) -> Optimum | None:
        """The best noise-free value and the codes that reach it: all of them, found by looking at the whole table, or
        those that theory knows.

        In a random noise mode it is that of the mean over seeds: what a solver is after, although
        single lucky queries can lie below it. None where the space cannot be enumerated cheaply
        (live training), nothing in it is valid, every evaluation fails, or there are several objectives.
        """
        if len(self.objectives) > 1:
            return None
        if self.is_table:
            return self._table.optimum()
        if not isinstance(self.evaluator, SolvedEvaluator) or not len(Z := self.evaluator.solutions()):
            return None
        Z = self.from_base(Z)
        return Optimum(Z, float(self.noise_free(Z)[0]))

    @cached_property
    def pareto_front(self) -> ParetoFront | None:
        """The noise-free Pareto front of several objectives, found by looking at the whole table.

        What a multi-objective search is after; None where the space cannot be enumerated cheaply, nothing in
        it is valid, every evaluation fails, or there is one objective.
        """
        return self._table.front() if self.is_table and len(self.objectives) > 1 else None

    @cached_property
    def reference(self) -> Reference:
        """The scale of hypervolumes: the stated one; else ideal and nadir of the exact front; where none is known,
        the ranges of the metrics, see ``Metric.range``.
        """
        if self.stated_reference is not None:
            return self.stated_reference
        if self.pareto_front is not None:
            return Reference.of_front(self.pareto_front.Y)
        lows, highs = zip(*(metric.minimised_range for metric in self.objectives), strict=True)
        return Reference(lows, highs)

    @cached_property
    def front_hypervolume(self) -> float:
        """What a search can reach at most: the hypervolume of the exact front; where none is known, that of the
        ideal of ``reference``.
        """
        front = self.pareto_front
        return self.reference.volume if front is None else self.reference.hypervolume(front.Y)

    @property
    def lower_bound(self) -> float | None:
        """A value that no candidate can beat, see ``Metric.lower_bound``; None: none is known. 0 for several
        objectives, of which regret is a missing share.
        """
        return 0.0 if len(self.objectives) > 1 else self.objectives[0].lower_bound

    @property
    def target(self) -> float:
        """The value from which regret is measured: the optimum's, or the lower bound where none is known; 0, so that
        regrets are the values themselves, where neither is. For several objectives, of which regret is a missing
        share, 0, too.
        """
        if len(self.objectives) == 1 and self.optimum is not None:
            return self.optimum.y
        return 0.0 if self.lower_bound is None else self.lower_bound
