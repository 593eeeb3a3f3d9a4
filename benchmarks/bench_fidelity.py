"""Ask + tell per candidate of solvers that choose fidelities, and how long eight simulated workers wait for them.

    python -m benchmarks.bench_fidelity

Everybody searches the cells of ``nb201-digits`` over 1, 2, 4 and 8 epochs, and looks values up in the same array.
"""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from heapq import heappop, heappush

import numpy as np
import optuna

import nas_problems
import optimizers
from benchmarks.measure import Row, alternate, show
from nas_problems.adapters.configspace import to_codes, to_configspace
from nas_problems.space import Codes
from optimizers.catalog.dehb import _Silent
from optimizers.catalog.optuna_hyperband import stops
from optimizers.solver import At, Solver, Task

PROBLEM = nas_problems.make("nb201-digits")
EPOCHS = PROBLEM.fidelities.values
COLUMNS = {epochs: PROBLEM.variant(fidelity=epochs).tabulate() for epochs in EPOCHS}
EVERYTHING = PROBLEM.space.from_index(np.arange(PROBLEM.space.size or 0))
SECONDS = {epochs: PROBLEM.evaluate(EVERYTHING, fidelity=epochs).cost_seconds for epochs in EPOCHS}
OWN = ("successive-halving", "hyperband", "asha", "pasha", "freeze-thaw")
MODELS = ("bohb",)
WORKERS, N_EVALUATIONS = 8, 4000


def values_of(asked: At | Codes) -> np.ndarray:
    """What the table has for candidates at a fidelity."""
    assert isinstance(asked, At)
    epochs = float(np.ravel(asked.fidelity)[0])
    return np.asarray(COLUMNS[epochs][asked.Z @ PROBLEM.space.radix])


def started(name: str) -> Solver:
    """A registered solver at the start of a run."""
    task = Task(PROBLEM.space, 10**6, np.random.default_rng(1), PROBLEM.objectives, PROBLEM.fidelities)
    return optimizers.make(name).factory(task)


def ours(name: str, n: int) -> None:
    """The plainest ask-and-tell loop over n candidates."""
    solver, left = started(name), n
    while left > 0:
        asked = solver.ask()
        solver.tell(asked.Z if isinstance(asked, At) else asked, values_of(asked))
        left -= len(asked)


def dehb(n: int) -> None:
    """The bare library, without its logger, which writes a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from dehb import DEHB
        from dehb.optimizers import dehb as module

        module.logger = _Silent()
        with tempfile.TemporaryDirectory() as folder:
            optimizer = DEHB(
                cs=to_configspace(PROBLEM.space, seed=1), dimensions=6, min_fidelity=1, max_fidelity=8, eta=2, seed=1,
                n_workers=1, output_path=folder, save_freq="end",
            )  # fmt: skip
            for _ in range(n):
                job = optimizer.ask()
                y = values_of(At(to_codes(PROBLEM.space, job["config"]), job["fidelity"]))
                optimizer.tell(job, {"fitness": float(y[0]), "cost": 1.0})


def optuna_hyperband(n: int) -> None:
    """Optuna's multivariate TPE and HyperbandPruner; a candidate is a report."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(multivariate=True, seed=1)
    study = optuna.create_study(sampler=sampler, pruner=optuna.pruners.HyperbandPruner(1, 8, 3))
    choices: dict[str, optuna.distributions.BaseDistribution] = {
        f"edge_{j}": optuna.distributions.CategoricalDistribution(range(5)) for j in range(6)
    }
    left = n
    while left > 0:
        trial = study.ask(choices)
        z = np.array([list(trial.params.values())])
        for epochs in stops(PROBLEM.fidelities, 3):
            y, left = float(values_of(At(z, epochs))[0]), left - 1
            trial.report(y, int(epochs))
            if epochs < EPOCHS[-1] and trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, y)


def idle_share(name: str) -> float:
    """Percentage of the time in which simulated workers wait, until the last evaluation of a run has ended.

    Recorded seconds; a training that goes on pays the difference. A worker waits where the solver has nothing to ask
    before something is told: promotion by rungs waits for the slowest of a rung.
    """
    solver = started(name)
    is_asynchronous = hasattr(solver, "rungs")
    paid: dict[bytes, float] = {}
    free, busy, left = [0.0] * WORKERS, 0.0, N_EVALUATIONS
    pending: list[tuple[float, int, Codes, np.ndarray]] = []
    while left > 0:
        now = heappop(free)
        if is_asynchronous:
            while pending and pending[0][0] <= now:
                _, _, Z, y = heappop(pending)
                solver.tell(Z, y)
        asked = solver.ask()
        assert isinstance(asked, At)
        heappush(free, now)
        y = values_of(asked)
        ends = []
        for i, z in enumerate(asked.Z):
            seconds = float(SECONDS[float(np.ravel(asked.fidelity)[0])][z @ PROBLEM.space.radix])
            cost, start = seconds - paid.get(z.tobytes(), 0.0), heappop(free)
            paid[z.tobytes()], busy = seconds, busy + cost
            heappush(free, start + cost)
            ends.append(start + cost)
            if is_asynchronous:
                heappush(pending, (start + cost, left - i, asked.Z[i : i + 1], y[i : i + 1]))
        left -= len(asked)
        if not is_asynchronous:
            solver.tell(asked.Z, y)
            free = [max(time, max(ends)) for time in free]
    return 100 * (1 - busy / (WORKERS * max(free)))


def rows() -> Iterator[Row]:
    """Microseconds per candidate, and the share of time that workers wait."""
    sides: dict[str, tuple[Callable[[int], None], int]] = {name: (partial(ours, name), 3000) for name in OWN}
    sides |= {name: (partial(ours, name), 300) for name in MODELS}
    sides |= {"DEHB": (dehb, 200), "Optuna": (optuna_hyperband, 200)}
    seconds = alternate({name: partial(side, n) for name, (side, n) in sides.items()}, repetitions=5)
    per_candidate = {name: 1e6 * seconds[name] / n for name, (_, n) in sides.items()}
    rivals = {name: per_candidate[name] for name in ("DEHB", "Optuna")}
    for name in OWN:
        yield Row(f"{name}, per candidate", per_candidate[name], "us", rivals, target=30)
    for name in MODELS:
        yield Row(f"{name}, per candidate", per_candidate[name], "us", rivals)
    waiting = {name: idle_share(name) for name in ("successive-halving", "hyperband")}
    yield Row(
        f"asha on {WORKERS} simulated workers, {N_EVALUATIONS:,} evaluations: idle",
        idle_share("asha"),
        "%",
        waiting,
        target=1,
    )


if __name__ == "__main__":
    show(rows())
