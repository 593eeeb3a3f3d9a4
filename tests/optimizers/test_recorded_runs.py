"""One recorded run per solver of our own: a change of behaviour cannot go unseen.

Recorded with numpy 2.4.6. After a deliberate change: ``python -m tests.optimizers.test_recorded_runs``.
"""

import json
from pathlib import Path

import pytest

import nas_problems
import optimizers

RECORDED = Path(__file__).parent / "recorded_runs.json"

SOLVERS = (
    optimizers.make("random-search"),
    optimizers.make("random-search", replacement=False),
    optimizers.make("local-search"),
    optimizers.make("local-search", variant="query-until-lower"),
    optimizers.make("local-search", variant="continue-at-minimum"),
    optimizers.make("local-search", n_starts=10),
    optimizers.make("aging-evolution"),
    optimizers.make("aging-evolution", population_size=100, tournament_size=25),
    optimizers.make("one-plus-one-ea"),
    optimizers.make("simulated-annealing"),
    optimizers.make("umda"),
    optimizers.make("reinforce"),
)


def trace(solver: optimizers.ConfiguredSolver) -> dict[str, object]:
    problem = nas_problems.make("nb201-cifar10", noise="sampled")
    log = optimizers.run(solver, problem, budget=200, seed=7)
    indices = problem.space.index_of(log.Z)
    return {
        "first": indices[:3].tolist(),
        "last": indices[-3:].tolist(),
        "sum": int(indices.sum()),
        "best": round(float(log.y.min()), 6),
    }


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: solver.label)
def test_a_recorded_run_comes_out_the_same(solver: optimizers.ConfiguredSolver) -> None:
    assert trace(solver) == json.loads(RECORDED.read_text())[solver.label]


if __name__ == "__main__":
    RECORDED.write_text(json.dumps({solver.label: trace(solver) for solver in SOLVERS}, indent=2) + "\n")
