"""Public functions refuse what they cannot mean by their documented errors, whatever they are handed."""

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pytest

import ela
import nas_problems
import optimizers
from ela.landscape import Landscape
from nas_problems import Fidelities, Integer, Metric, Noise, Real, SearchSpace
from nas_problems.checked import checked, shaped
from tests import fuzz
from tests.fuzz_targets import Target, targets
from tests.nas_problems import tiny

from_function: Any = nas_problems.from_function  # called with wrong types
SPACE = SearchSpace((Integer("width", 1, 9),))


def test_all_public_names_are_fuzzed_or_left_out_for_a_reason() -> None:
    assert fuzz.missing() == []
    assert fuzz.parameters_that_are_missing() == []


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_what_is_spoilt_is_right_before(target: Target) -> None:
    target.function(**{name: make() for name, make in target.arguments.items()})


OWN = [target for target in targets() if target.name.partition(".")[0] in fuzz.ALL_MISTAKES]


@pytest.mark.parametrize("target", OWN, ids=lambda target: target.name)
def test_every_mistake_in_every_argument(target: Target) -> None:
    assert len(fuzz.MISTAKES) > 40 and fuzz.every_mistake(target) == []


@pytest.mark.parametrize("seed", fuzz.SEEDS[:2])
def test_a_few_calls(seed: int) -> None:
    assert fuzz.fuzz(2_000, seed=seed) == []


HUGE = 10**400


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SPACE.sample(3, []), r"rng: wanted a numpy Generator, found \[\]"),  # type: ignore[arg-type]
        (
            lambda: SPACE.sample(HUGE, np.random.default_rng(1)),
            r"n: wanted an integer >= 0 and at most 2\*\*53, found 1000",
        ),
        (
            lambda: from_function(abs, SPACE, name="a", metric="error"),
            "metric: wanted a Metric or a tuple",
        ),
        (lambda: from_function(abs, SPACE, name="a", seeds=("a",)), "seeds: wanted a tuple|an integer"),
        (lambda: from_function(abs, SPACE, name="a", seeds=(-1,)), "seeds: wanted integers >= 0"),
        (
            lambda: from_function(lambda config: 1.0, SPACE, name="a", seeds=(1,)),
            "function: wanted one of",
        ),
        (lambda: ela.place(None, None), "features: wanted a FeatureTable or a Features, found None"),  # type: ignore[arg-type]
        (lambda: Landscape(SPACE, [[0], [1]], [1.0], is_exact=False), "y: wanted 2 values, found 1"),  # type: ignore[arg-type]
        (lambda: Metric("value", penalty=HUGE), "penalty: wanted a number that float64 holds"),
        (lambda: Metric("value", penalty=math.nan), "value: wanted a finite penalty"),
        (lambda: Fidelities("epochs", (1, HUGE)), r"values\[1\]: wanted a number that float64 holds"),
        (lambda: Fidelities("epochs", "12"), "values: wanted a tuple"),  # type: ignore[arg-type]
        (lambda: Real("rate", 0.0, HUGE), "rate: wanted finite low < high"),
        (lambda: Noise("seed", seed=1.5), "seed: wanted an integer, found 1.5"),  # type: ignore[arg-type]
        (lambda: ela.features([[1.0]], [HUGE], lower=0, upper=2), "y: wanted numbers"),
        (lambda: ela.features([[1.0]], [1.0], lower=0, upper=math.inf), "upper: wanted finite numbers"),
        (lambda: ela.footprint(tiny.table_problem(), seed=-1), "seed: wanted an integer >= 0"),
        (lambda: ela.sample(tiny.table_problem(), 5, design="grid", seed=1), r"design: wanted one of \('lhs'"),  # type: ignore[arg-type]
        (
            lambda: nas_problems.make("bbob-f1", dimension=HUGE),
            "dimension: wanted an integer >= 1",
        ),  # filled the memory
        (lambda: nas_problems.make("pbo-f1[dimension=10000000]"), "dimension: wanted an integer in 1 ... 100000"),
        (lambda: nas_problems.make("shuffled-f1", dimension=0), "dimension: wanted an integer >= 1, found 0"),
        (lambda: optimizers.make("aging-evolution", population_size=HUGE), "population_size: wanted an integer in"),
        (lambda: optimizers.make("cma-es", initial_step=HUGE), "initial_step: wanted a number in"),
        (lambda: SearchSpace(SPACE.parameters, validity="all"), "validity: wanted a function, found 'all'"),  # type: ignore[arg-type]
        (lambda: Metric("value", range=(0.0, 1.0, 2.0)), "range: wanted 2 values"),  # type: ignore[arg-type]
        (lambda: Metric("value", range=(0.0, HUGE)), "range: wanted a number that float64 holds"),
        (lambda: optimizers.run("umda", tiny.table_problem(), budget=9, seed=1, known=3), "known: wanted a History"),  # type: ignore[arg-type]
        (
            lambda: optimizers.run("umda", tiny.table_problem(), budget=9, seed=1, budget_seconds=HUGE),
            "budget_seconds: wanted a positive, finite number",
        ),
    ],
)
def test_kinds_of_arguments(call, message: str) -> None:  # type: ignore[no-untyped-def]  # calls with wrong types
    with pytest.raises(ValueError, match=message):
        call()


def test_lists_and_numpy_numbers_are_taken() -> None:
    landscape = Landscape(SPACE, [[0], [1], [5]], [1, 2, 0], is_exact=False)  # type: ignore[arg-type]
    assert landscape.y.dtype == np.float64 and landscape.Z.tolist() == [[0], [1], [5]]
    assert Metric("value", penalty=np.float32(2.0)).penalty == 2.0  # type: ignore[arg-type]
    assert Fidelities("epochs", [1, 3]).values == (1, 3)  # type: ignore[arg-type]


@checked
def _mixed(n: int, share: float = 0.5, *, name: str | None = None, flag: bool = False, kind: object = None) -> object:
    return n, share, name, flag, kind


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": True}, "n: wanted an integer, found True"),
        ({"n": 1.0}, "n: wanted an integer, found 1.0"),
        ({"n": 2**63}, "n: wanted an integer"),
        ({"n": 1, "share": "a"}, "share: wanted a number, found 'a'"),
        ({"n": 1, "share": False}, "share: wanted a number"),
        ({"n": 1, "share": 1j}, "share: wanted a number"),
        ({"n": 1, "name": 3}, "name: wanted a string, found 3"),
        ({"n": 1, "flag": 1}, "flag: wanted True or False, found 1"),
    ],
)
def test_annotations_are_what_is_wanted(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _mixed(**arguments)  # type: ignore[arg-type]


@checked
def _listed(names: Sequence[str] = (), *, pair: tuple[float, int] = (0.5, 1), some: Collection[int] = ()) -> object:
    return names, pair, some


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": "abc"}, "names: wanted a sequence of strings, found 'abc'"),  # was a, b, c
        ({"names": ["a", 3]}, r"names\[1\]: wanted a string, found 3"),
        ({"names": range(3)}, r"names\[0\]: wanted a string, found 0"),
        ({"names": {"a"}}, "names: wanted a sequence"),
        ({"pair": (0.5,)}, "pair: wanted 2 values"),
        ({"pair": "ab"}, "pair: wanted 2 values"),
        ({"pair": (0.5, 1.5)}, r"pair\[1\]: wanted an integer, found 1.5"),
        ({"some": {1, "a"}}, r"some\[\d\]: wanted an integer, found 'a'"),
    ],
)
def test_elements_are_what_is_wanted(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _listed(**arguments)  # type: ignore[arg-type]


def test_elements_that_annotations_allow() -> None:
    assert _listed(["a"], pair=[1, np.int64(2)], some={3}) == (["a"], (1, 2), {3})  # type: ignore[arg-type]


def test_what_annotations_allow() -> None:
    assert _mixed(np.int8(3), np.float32(0.25), flag=np.True_, kind=[]) == (3, 0.25, None, True, [])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unexpected keyword"):
        _mixed(1, wrong=2)  # type: ignore[call-arg]


def test_shapes_are_named() -> None:
    @shaped(values=2)
    def first(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
        """The first number."""
        return float(values[0, 0])

    assert first([[3, 4]]) == 3.0  # type: ignore[arg-type]
    assert first.__doc__ == "The first number."
    with pytest.raises(ValueError, match="values: wanted a matrix, found shape"):
        first(np.zeros(3))
    with pytest.raises(ValueError, match=r"values: wanted (an array of )?numbers"):
        first([[1], [2, 3]])  # type: ignore[arg-type]
