"""Every optimizer of nevergrad's registry, as ``nevergrad:<NAME>``."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, replace
from functools import cache, wraps
from typing import Any, Literal

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.history import KnownInitializer, KnownValues
from optimizers.loop import Loop, LoopSolver
from optimizers.option import PositiveInt
from optimizers.randomness import PrivateRandomState, draw_seed
from optimizers.registry import collections
from optimizers.solver import Solver, Task, Traits, uniform
from optimizers.variation import repair


@dataclass(frozen=True, slots=True)
class NevergradOptimizer:
    """The factory of one of nevergrad's optimizers.

    Args:
        optimizer: Name in nevergrad's registry.
    """

    optimizer: str

    def __call__(
        self,
        task: Task,
        *,
        n_suggestions: PositiveInt = 10,
        categorical: Literal["transition", "deterministic", "softmax", "integer"] = "deterministic",
    ) -> Solver:
        """Start a run; the optimizer works on one variable per kind of parameter.

        Equal categorical parameters become one ``Choice(deterministic=True)``, ordinal ones and integer ranges of
        less than ten values a ``TransitionChoice``, real and other integer ranges one array on their unit scale. A
        candidate that fails the validity test is repaired, and its value told for the original.

        Of several objectives, the optimizer minimises the library's own loss: minus the hypervolume that a candidate
        adds, or its distance to the front. ``n_suggestions`` first candidates are evaluated together, and the worst
        of their values are the reference point.

        Args:
            task: What is searched; the optimizer is told the budget and the number of workers. Candidates of the
                initializer are suggested before anything is asked; ``uniform`` gives one, so that a run does not begin
                with the first choice of every parameter, as most of these optimizers would. Their populations are
                random anyway.
            n_suggestions: How many candidates any other initializer gives.
            categorical: What categorical parameters become; see ``optimizers.adapters.nevergrad.Form``, and
                docs/nevergrad.md for what each form does to which optimizer.

        Source: rapin2018.
        """
        start = task.initializer
        known = KnownValues(task.space, start.known if isinstance(start, KnownInitializer) else None)
        return LoopSolver(_loop(self.optimizer, task, n_suggestions, categorical, known))


def _loop(
    name: str,
    task: Task,
    n_suggestions: int,
    categorical: Literal["transition", "deterministic", "softmax", "integer"],
    known: KnownValues,
) -> Loop:
    from optimizers.adapters.nevergrad import Variables

    space, rng = task.space, task.rng
    if space.size == 1:  # without a variable that varies, many optimizers cannot start
        yield space.sample(1, rng)
        return
    private = PrivateRandomState(rng)
    with _calls(name, private):
        variables = Variables(space, categorical=categorical)  # draws seeds from the global state

    def code(candidate: Any) -> Codes:
        try:
            return repair(space, variables.to_codes(candidate.value), rng)
        except ValueError as error:
            raise RuntimeError(f"nevergrad:{name} asked for a candidate that is none: {error}") from error

    is_several = task.n_objectives > 1
    first = task.start(n_suggestions if is_several or task.initializer is not uniform else 1)
    starts = variables.to_values(first)
    seen = (yield first) if is_several else None
    with _calls(name, private):
        parametrization = variables.parametrization()
        parametrization.random_state = np.random.RandomState(draw_seed(rng))
        recipe = _registry()[name]
        at_once = 1 if getattr(recipe, "no_parallelization", False) else task.n_parallel
        n_asked = task.budget + min(len(first), task.n_known)
        optimizer = recipe(parametrization, budget=n_asked, num_workers=at_once)
        if seen is None:
            for values in reversed(starts):  # the last suggestion is asked first
                optimizer.suggest(values)
        else:
            _tell_first(optimizer, starts, seen, task)
        asked = [optimizer.ask() for _ in range(at_once)]
    left = n_asked - (len(first) if is_several else 0)
    n_free = -min(len(first), task.n_known)  # will be the known candidates that it finds by itself
    if is_several:
        n_free += len(known.by_row(first))
    while True:
        Z = np.concatenate([code(candidate) for candidate in asked])
        n_free += len(known.by_row(Z))
        y = yield Z
        left -= len(asked)
        if left <= 0:
            break
        with _calls(name, private):
            for candidate, value in zip(asked, y if is_several else y.tolist(), strict=True):
                _tell(optimizer, candidate, value)
            # Asked at once, because a recast optimizer computes in a thread of its own, which this waits for:
            # it must not draw random numbers outside of the block.
            asked = [optimizer.ask() for _ in range(at_once)]
    if n_free > 0:  # many optimizers cannot be asked for more than they were told of
        yield from _loop(name, replace(task, budget=n_free, initializer=uniform), n_suggestions, categorical, known)


def _tell_first(optimizer: Any, starts: list[Any], Y: FloatArray, task: Task) -> None:
    """Tell the first candidates, after a reference point: else the library takes it from its first fifteen values."""
    penalties = np.array([metric.penalty for metric in task.objectives])
    sound = np.where(penalties == Y, -np.inf, Y).max(axis=0)
    reference = np.where(np.isfinite(sound), sound, Y.max(axis=0))
    optimizer.tell(_library().p.MultiobjectiveReference(), reference.tolist())
    for values, y in zip(starts, Y, strict=True):
        optimizer.suggest(values)
        _tell(optimizer, optimizer.ask(), y)


def _tell(optimizer: Any, candidate: Any, value: Any) -> None:
    """Tell a value. Some optimizers, as EDA and those of pymoo, learn of nothing that was suggested to them."""
    from nevergrad.common.errors import TellNotAskedNotSupportedError

    with suppress(TellNotAskedNotSupportedError):
        optimizer.tell(candidate, value)


@contextmanager
def _calls(name: str, private: PrivateRandomState) -> Iterator[None]:
    """Calls of the library: silent, with its own random states, and with errors that name the optimizer."""
    with private, warnings.catch_warnings(), _clockless_cma():
        warnings.simplefilter("ignore")
        try:
            yield
        except Exception as error:
            words = " ".join(str(error).split())
            if isinstance(error, ImportError) or isinstance(error.__cause__, ImportError):
                raise ImportError(f"nevergrad:{name} wants a library that is not installed: {words}") from error
            raise RuntimeError(f"nevergrad:{name} failed: {type(error).__name__}: {words}") from error


@contextmanager
def _clockless_cma() -> Iterator[None]:
    """Let cma.fmin, which nevergrad calls without a seed, draw from the random state instead of the clock."""
    from cma.options_parameters import CMAOptions

    defaults = CMAOptions.defaults()
    saved = defaults["seed"]
    defaults["seed"] = np.nan
    try:
        yield
    finally:
        defaults["seed"] = saved


@cache
def _library() -> Any:
    import nevergrad
    from nevergrad.optimization import recaster

    # Recast optimizers wait in threads; as daemons they cannot keep the interpreter from ending.
    recaster._MessagingThread.daemon = True
    _keep_configurations_apart(nevergrad)
    return nevergrad


def _keep_configurations_apart(nevergrad: Any) -> None:
    """Give every CMA-ES a copy of its configuration.

    In one dimension it writes to the one that all runs of a process share, which then want fcmaes; and one dimension is
    what parts of other optimizers have.
    """
    strategy = nevergrad.optimization.optimizerlib._CMA
    start = strategy.__init__

    @wraps(start)
    def with_a_copy(self: Any, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **kwargs)
        self._config = copy(self._config)

    strategy.__init__ = with_a_copy


_LEFT_OUT = frozenset({"SMAC3"})
"""Not offered: it keeps files in the working folder, goes on from those of another run, and then waits for ever."""


def _registry() -> dict[str, Any]:
    """The optimizers registered now, by name without the white space that one of them ends with."""
    registry = {name.strip(): optimizer for name, optimizer in _library().optimizers.registry.items()}
    return {name: optimizer for name, optimizer in registry.items() if name not in _LEFT_OUT}


class NevergradRegistry:
    """Nevergrad's registry as a collection of solvers."""

    def names(self) -> tuple[str, ...]:
        """Names of all optimizers, sorted; imports nevergrad."""
        return tuple(sorted(_registry()))

    def factory(self, name: str) -> NevergradOptimizer:
        """The factory of one optimizer."""
        return NevergradOptimizer(name)

    def traits(self, name: str) -> Traits:
        """Any number of objectives, at one fidelity."""
        return Traits(objectives="any")


collections.register("nevergrad", summary="every optimizer of nevergrad's registry", family="nevergrad")(
    NevergradRegistry()
)
