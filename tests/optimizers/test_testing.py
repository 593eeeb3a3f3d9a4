"""The suite passes every registered solver, and catches every kind of broken one."""

import random
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

import optimizers
from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.ioh_algorithm import IohAlgorithm
from optimizers.loop import Loop, as_solver
from optimizers.solver import At, Task, Traits, uniform
from optimizers.testing import check_solver, spaces

BUDGETS = {
    "mo-cma-es": 20,
    "dehb": 20,
    "smac": 8,
    "smac-hyperband": 8,
    "optuna-hyperband": 16,
    "bananas": 24,
    "bananas-published": 22,
    "pnas": 24,
    "bayesian-optimization": 14,
    "dngo": 14,
    "gp-edit-distance": 14,
    "nasbot": 14,
}
"""Just past the first models, which take 10 ms and more each; SMAC's, 2 s: before the first. Of all others 40."""


NEEDS = {
    "mo-cma-es": "comocma",
    "pymoo-age-moea": "numba",
    "dehb": "dehb",
    "smac": "smac",
    "smac-hyperband": "smac",
}
"""Libraries of the extras ``multi-objective`` and ``multi-fidelity``."""


SLOW = {"bananas-published", "smac", "smac-hyperband"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in optimizers.names(collected=False)],
)
def test_every_registered_solver_conforms(name: str) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason='pip install "iohnas[multi-fidelity,multi-objective]"')
    check_solver(name, budget=BUDGETS.get(name, 40))


@pytest.mark.parametrize("variant", ["query-until-lower", "continue-at-minimum"])
def test_every_variant_of_local_search_conforms(variant: str) -> None:
    check_solver(optimizers.make("local-search", variant=variant, n_starts=5), spawn=False)


def test_options_do_not_break_conformance() -> None:
    check_solver(optimizers.make("random-search", replacement=False), spawn=False)
    check_solver(optimizers.make("aging-evolution", population_size=1, tournament_size=3), spawn=False)
    check_solver(optimizers.make("cma-es", population_size=4, initial_step=1.0), budget=12, spawn=False)
    check_solver(optimizers.make("pymoo-ga", population_size=2), budget=12, spawn=False)


def test_the_spaces_of_the_suite() -> None:
    sizes = {name: space.size for name, space in spaces().items()}
    assert sizes["one-code"] == 1
    assert sizes["mixed"] is None
    assert sizes["larger-than-int64"] == 5**28
    assert spaces()["constrained"].validity is not None


class Sound:
    """Random search with the initializer; each broken solver changes one thing."""

    def __init__(self, task: Task) -> None:
        self.space, self.rng = task.space, task.rng
        self.first: Codes | None = task.start(5)

    def ask(self) -> Codes:
        Z = self.space.sample(5, self.rng) if self.first is None else self.first
        self.first = None
        return Z

    def tell(self, Z: Codes, y: FloatArray) -> None: ...


class OutsideTheSpace(Sound):
    def ask(self) -> Codes:
        return super().ask() + 1


class Fractions(Sound):
    def ask(self) -> Codes:
        return super().ask() + 0.5


class Invalid(Sound):
    def ask(self) -> Codes:
        Z = super().ask()
        Z[:, 0] = 0
        return Z


class Nothing(Sound):
    def ask(self) -> Codes:
        return super().ask()[:0]


class ChangesValues(Sound):
    def tell(self, Z: Codes, y: FloatArray) -> None:
        y.sort()


class ChangesCodes(Sound):
    def tell(self, Z: Codes, y: FloatArray) -> None:
        Z[0] = Z[-1]
        Z[-1] = self.space.lower


class ChangesTheSpace(Sound):
    def tell(self, Z: Codes, y: FloatArray) -> None:
        self.space.upper[0] = 0


class NotANumber(Sound):
    def ask(self) -> Codes:
        Z = super().ask()
        if not self.space.is_finite:
            Z[0, -1] = np.nan
        return Z


class NoneAtAll(Sound):
    def ask(self) -> Codes:
        return None  # type: ignore[return-value]  # what a forgotten return gives


class CannotBeCut(Sound):
    def tell(self, Z: Codes, y: FloatArray) -> None:
        if len(Z) != 5:
            raise AssertionError("five values wanted")


class AllocatesTheBudget(Sound):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.budget = task.budget

    def tell(self, Z: Codes, y: FloatArray) -> None:
        self.draws = np.zeros(self.budget // 16)  # takes no memory before it is written, but counts


class DividesByTheSpread(Sound):
    def tell(self, Z: Codes, y: FloatArray) -> None:
        if y.max() == y.min() and len(y) > 1 and self.space.size != 1:
            raise ZeroDivisionError("values are constant")


class WantsPositiveValues(Sound):
    def tell(self, Z: Codes, y: FloatArray) -> None:
        np.testing.assert_array_less(0, y + 1)


class DiesOfAFailedEvaluation(Sound):
    def tell(self, Z: Codes, y: FloatArray) -> None:
        if 100.0 in y and y.min() < 100.0:
            raise RuntimeError("an evaluation failed")


class SharedSeed(Sound):
    def __init__(self, task: Task) -> None:
        super().__init__(replace(task, rng=np.random.default_rng(1)))


class GlobalState(Sound):
    def ask(self) -> Codes:
        Z = super().ask()
        return Z[np.random.permutation(len(Z))]  # noqa: NPY002


class ReseedsPython(Sound):
    def ask(self) -> Codes:
        random.seed(4)
        return super().ask()


class RemembersRuns(Sound):
    n_asks = 0

    def ask(self) -> Codes:
        RemembersRuns.n_asks += 1
        Z = super().ask()
        return Z[::-1] if RemembersRuns.n_asks % 2 else Z


class OnlyAsks:
    def __init__(self, task: Task) -> None:
        self.ask = partial(task.space.sample, 1, task.rng)


class HashOrder(Sound):
    def ask(self) -> Codes:
        Z = super().ask()
        return Z[sorted(range(len(Z)), key=lambda i: hash(str(Z[i].tolist())))]


class OwnStart(Sound):
    def __init__(self, task: Task) -> None:
        super().__init__(replace(task, initializer=uniform))


class GreedyStart(Sound):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        task.initializer(task.space, task.budget + 1, task.rng)


def test_a_sound_solver_passes() -> None:
    check_solver(Sound, budget=12, spawn=False)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (OutsideTheSpace, r"on categorical: OutsideTheSpace asked outside the space of conformance: Z\[.*found"),
        (Fractions, "wanted integer codes"),
        (Invalid, "on constrained: ask returned codes that fail the validity test"),
        (Nothing, "on categorical: the run ended without a candidate"),
        (ChangesValues, "tell changed its arguments"),
        (ChangesCodes, "tell changed its arguments"),
        (ChangesTheSpace, "on categorical: the solver raised ValueError: assignment destination is read-only"),
        (NotANumber, r"on mixed: NotANumber asked outside the space .*\(drop\).*found nan"),
        (NoneAtAll, "on categorical: NoneAtAll: wanted codes from ask, found None"),
        (CannotBeCut, "the solver raised AssertionError: five values wanted"),
        (DividesByTheSpread, "the solver raised ZeroDivisionError: values are constant"),
        (WantsPositiveValues, "with negative values: the solver raised AssertionError"),
        (DiesOfAFailedEvaluation, "the solver raised RuntimeError: an evaluation failed"),
        (RemembersRuns, "two runs with the same seed differ"),
        (OnlyAsks, "wanted a factory of objects with ask and tell, found"),
        (SharedSeed, "runs with seed 1 and seed 2 are the same"),
        (GlobalState, "global random state"),
        (ReseedsPython, "global random state"),
        (OwnStart, "the initializer was not asked"),
        (GreedyStart, "the initializer was asked for"),
        (AllocatesTheBudget, "memory: wanted at most 268435456 bytes for 12 evaluations of a budget of 1000000000"),
    ],
)
def test_broken_solvers_are_caught(broken: type[Sound], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_solver(broken, budget=12, spawn=False)


def test_a_solver_that_depends_on_the_process_is_caught() -> None:
    with pytest.raises(AssertionError, match="another run in another process"):
        check_solver(HashOrder, budget=12)


def test_a_solver_that_cannot_travel_is_caught() -> None:
    @as_solver
    def local(task: Task) -> Loop:
        while True:
            yield task.start(1)

    check_solver(local, budget=6, spawn=False)
    with pytest.raises(AssertionError, match="cannot be sent to another process"):
        check_solver(local, budget=6)


def test_a_solver_without_a_choice_of_start_can_say_so() -> None:
    check_solver(OwnStart, takes_initializer=False, spawn=False)


def uniform_integers(problem: Any, rng: np.random.Generator) -> None:
    """A function of an ioh problem that guards its evaluations, as many do."""
    while True:
        with suppress(Exception):
            problem(rng.integers(problem.bounds.lb, np.array(problem.bounds.ub) + 1).tolist())


def uniform_points(problem: Any, rng: np.random.Generator) -> None:
    while True:
        problem(rng.uniform(problem.bounds.lb, problem.bounds.ub).tolist())


def python_integers(problem: Any) -> None:
    while True:
        problem([random.randint(0, int(high)) for high in problem.bounds.ub])


def idle(problem: Any) -> None: ...


def past_the_bounds(problem: Any, rng: np.random.Generator) -> None:
    problem([high + 1 for high in problem.bounds.ub])


def test_functions_of_an_ioh_problem_are_checked_in_their_code() -> None:
    check_solver(IohAlgorithm(uniform_integers, "integer"), budget=12)
    check_solver(IohAlgorithm(uniform_points, "box"), budget=12, spawn=False)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (IohAlgorithm(python_integers, "integer"), "global random state of random or numpy.random changed"),
        (past_the_bounds, "on categorical: the solver raised ValueError: x.*wanted a code in .0, 4., found 5"),
        (idle, "taken for a function of an ioh problem ended without a candidate"),
    ],
)
def test_broken_functions_of_an_ioh_problem_are_caught(function: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_solver(function, budget=12, spawn=False)


# ---- traits


class TwoAtMost(Sound):
    """Takes several objectives, and fails where there are three."""

    def tell(self, Z: Codes, y: FloatArray) -> None:
        assert y.ndim == 1 or y.shape[1] == 2


class DividesByTheWidth(Sound):
    """Takes several objectives, unless one of them is constant."""

    def tell(self, Z: Codes, y: FloatArray) -> None:
        if y.ndim == 2 and len(y) > 1 and self.space.size != 1:
            with np.errstate(all="raise"):
                _ = y / np.ptp(y, axis=0)


class Cheap(Sound):
    """Asks at the lowest fidelity that there is."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.lowest = task.fidelities.values[0]

    def ask(self) -> At:  # type: ignore[override]  # what it does
        return At(super().ask(), self.lowest)


class BelowTheLowest(Sound):
    def ask(self) -> At:  # type: ignore[override]  # what it does
        return At(super().ask(), 0.5)


ANY, CHOOSES = Traits("any"), Traits(fidelities=True)


def test_solvers_that_keep_what_their_traits_promise() -> None:
    check_solver(Sound, budget=12, spawn=False, traits=Traits("any"))
    check_solver(Cheap, budget=12, spawn=False, traits=CHOOSES)


@pytest.mark.parametrize(
    ("broken", "traits", "words"),
    [
        (TwoAtMost, ANY, "on ordered with 3 objectives: the solver raised AssertionError"),
        (DividesByTheWidth, ANY, "on categorical with 2 objectives with constant values: the solver raised"),
        (Sound, CHOOSES, "with fidelities: registered to choose fidelities, and asked for the full one alone"),
        (Cheap, ANY, "with fidelities: registered not to choose fidelities, and asked for others"),
        (BelowTheLowest, CHOOSES, "on categorical: BelowTheLowest asked outside the fidelities of conformance"),
    ],
)
def test_solvers_that_break_what_their_traits_promise(broken: type[Sound], traits: Traits, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_solver(broken, budget=12, spawn=False, traits=traits)


class OneAtATime:
    """Forgets what it asked for before its last ask."""

    def __init__(self, task: Task) -> None:
        self.task, self.asked = task, np.empty(0)

    def ask(self) -> Codes:
        self.asked = self.task.start(1)
        return self.asked

    def tell(self, Z: Codes, y: FloatArray) -> None:
        if not np.array_equal(Z, self.asked):
            raise KeyError("not what was asked for last")


def test_an_asynchronous_solver_is_told_in_any_order() -> None:
    """Registered as such, it must take rows of earlier asks; else it need not."""
    check_solver(OneAtATime, budget=12, spawn=False, traits=Traits())
    with pytest.raises(AssertionError, match="with three workers: the solver raised KeyError: not what was asked"):
        check_solver(OneAtATime, budget=12, spawn=False, traits=Traits(asynchronous=True))
