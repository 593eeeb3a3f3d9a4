"""Every solver with rungs uses each of them, also where the library behind it knows powers of eta only."""

import numpy as np
import pytest

from nas_problems import Categorical, SearchSpace
from nas_problems.evaluation import Fidelities, Metric
from optimizers.registry import make
from optimizers.rung import library_range, rung_of, rungs
from optimizers.solver import At, Task

SPACE = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abcde")) for i in range(6)))
SCALES = {
    "lcbench": tuple(range(1, 53)),  # 52 / 27 = 1.93: the lowest rung, 2, is above it
    "spikenas": tuple(range(1, 101)),
    "nb201": (12, 200),  # 200 / 3 = 66.7 is nearer to 200
    "powers": (1, 3, 9, 27),
    "shares": (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0),
    "one": (7,),
}


FAST = [
    (name, eta, scale)
    for name in ("hyperband", "successive-halving", "bohb", "dehb")
    for eta in (2, 3)
    for scale in SCALES
]


@pytest.mark.parametrize(
    ("name", "eta", "scale"), [*FAST, *(("smac-hyperband", 3, scale) for scale in ("lcbench", "nb201", "one"))]
)
def test_every_rung_is_used_and_nothing_else(name: str, eta: int, scale: str) -> None:
    if name in ("dehb", "smac-hyperband"):
        pytest.importorskip(name.partition("-")[0], reason="needs the extra multi-fidelity")
    fidelities = Fidelities("epochs", SCALES[scale])
    solver = make(name, eta=eta).factory(Task(SPACE, 200, np.random.default_rng(1), (Metric("error"),), fidelities))
    used = set()
    wanted = set(rungs(fidelities, eta))
    for _ in range(250):
        asked = solver.ask()
        levels = np.atleast_1d(asked.fidelity if isinstance(asked, At) else fidelities.full).tolist()
        used.update(levels)
        solver.tell(asked.Z if isinstance(asked, At) else asked, np.arange(len(asked), dtype=np.float64))
        if used == wanted:
            break
    assert used == wanted


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("eta", [1.5, 2, 3, 4])
def test_a_library_makes_as_many_rungs_as_there_are(eta: float, scale: str) -> None:
    values = rungs(Fidelities("epochs", SCALES[scale]), eta)
    low, full = library_range(values, eta)
    n = int(np.log(full / low) / np.log(eta)) + 1  # as DEHB and SMAC count
    assert n == max(2, len(values))
    asked = full * np.power(eta, -np.linspace(start=n - 1, stop=0, num=n))
    assert [rung_of(values, eta, float(value)) for value in asked][-len(values) :] == list(values)


def test_smac_wants_a_whole_eta() -> None:
    with pytest.raises(ValueError, match="eta"):
        make("smac-hyperband", eta=2.5)
