"""DNGO: Bayesian optimization with linear regression on the last layer of a neural network."""

from nas_problems.array import FloatArray
from nas_problems.space import Codes
from optimizers.improvement import search_by_improvement
from optimizers.loop import Loop, as_solver
from optimizers.option import BatchSize, PositiveInt
from optimizers.registry import solvers
from optimizers.solver import Task


@solvers.register(
    "dngo",
    summary="expected improvement under a neural network with a Bayesian last layer (DNGO)",
    family="model-based",
)
@as_solver
def dngo(
    task: Task, *, n_initial: PositiveInt = 10, n_candidates: PositiveInt = 1000, batch_size: BatchSize = 0
) -> Loop:
    """Fit three layers of 50 units, then a Bayesian linear regression on the last one; evaluate by its improvement.

    Codes are seen one-hot, values as the normal scores of their ranks. Candidates are those of
    ``bayesian-optimization``. About 30 ms a step.

    Differs: the network is fitted by L-BFGS, and the regression's precisions maximise the evidence; in snoek2015 they
    are gradient descent with momentum and slice sampling.

    Args:
        task: What is searched; its initializer chooses the first candidates.
        n_initial: Candidates before the first model.
        n_candidates: Among which the next one is chosen, half of them neighbours of the best.
        batch_size: Candidates that are evaluated at a time; 0: as many as there are workers.

    Source: snoek2015.
    """
    from optimizers.adapters.deep_network import deep_predictions

    encode = task.space.one_hot

    def predict(Z: Codes, scores: FloatArray, Z_new: Codes) -> tuple[FloatArray, FloatArray]:
        return deep_predictions(encode(Z), scores, encode(Z_new), task.rng)

    yield from search_by_improvement(
        task, predict, n_initial=n_initial, n_candidates=n_candidates, batch_size=task.batch(batch_size)
    )
