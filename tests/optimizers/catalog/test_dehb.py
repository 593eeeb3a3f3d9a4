"""DEHB asked and told by us is the bare library."""

import tempfile
import warnings

import numpy as np
import pytest

from nas_problems import Categorical, Integer, Real, SearchSpace
from nas_problems.array import FloatArray
from nas_problems.evaluation import Fidelities, Metric
from nas_problems.space import Codes
from optimizers.randomness import draw_seed
from optimizers.registry import make
from optimizers.solver import At, Task

pytest.importorskip("dehb", reason="needs the extra multi-fidelity")

SPACE = SearchSpace(
    (Categorical("op", ("a", "b", "c")), Integer("units", 4, 64, log=True), Real("rate", 1e-4, 1.0, True))
)
EPOCHS = Fidelities("epochs", (1, 3, 9, 27))


def value(Z: Codes, fidelity: float) -> FloatArray:
    return np.asarray(((SPACE.to_box(Z) - 1.0) ** 2).sum(axis=1) + 10.0 / fidelity)


def ours(n: int) -> list[tuple[list[float], float]]:
    solver = make("dehb").factory(Task(SPACE, 100, np.random.default_rng(7), (Metric("error"),), EPOCHS))
    trace = []
    for _ in range(n):
        asked = solver.ask()
        assert isinstance(asked, At)
        trace.append((asked.Z[0].tolist(), np.asarray(asked.fidelity).item()))
        solver.tell(asked.Z, value(asked.Z, np.asarray(asked.fidelity).item()))
    return trace


def bare(n: int) -> list[tuple[list[float], float]]:
    from dehb import DEHB

    from nas_problems.adapters.configspace import to_codes, to_configspace, to_configuration

    rng = np.random.default_rng(7)
    seed = draw_seed(rng)
    rng.integers(2**32)  # of the private random state, which DEHB does not use
    there, trace = to_configspace(SPACE, seed=seed), []
    with tempfile.TemporaryDirectory() as folder:
        optimizer = DEHB(
            cs=there,
            n_workers=1,
            dimensions=3,
            min_fidelity=1,
            max_fidelity=27,
            eta=3,
            seed=seed,
            output_path=folder,
            save_freq="end",
        )
        population = optimizer.de[optimizer.fidelities[0]].population
        for i, z in enumerate(SPACE.sample(len(population), rng)):
            population[i] = optimizer.configspace_to_vector(to_configuration(there, SPACE, z))
        for _ in range(n):
            job = optimizer.ask()
            Z = to_codes(SPACE, job["config"])
            trace.append((Z[0].tolist(), float(job["fidelity"])))
            optimizer.tell(job, {"fitness": float(value(Z, job["fidelity"])[0]), "cost": 1.0})
    return trace


def test_dehb_is_the_bare_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs = bare(90)  # past the first two brackets
    assert {fidelity for _, fidelity in theirs} == {1.0, 3.0, 9.0, 27.0}
    for (z, fidelity), (wanted_z, wanted_fidelity) in zip(ours(90), theirs, strict=True):
        assert fidelity == pytest.approx(wanted_fidelity)
        assert z == pytest.approx(wanted_z)
