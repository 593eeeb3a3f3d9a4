"""A proxy as the lowest fidelity: its order, its price, and what is refused."""

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems.proxy import below_one_epoch
from nas_problems.proxy.below_one_epoch import squeezed
from optimizers.loop import Loop
from tests.nas_problems.tiny import table_problem

CELLS = np.array([[3, 3, 2, 1, 4, 0], [0, 0, 0, 0, 0, 0], [2, 3, 1, 3, 2, 3]])


def test_the_order_is_that_of_the_proxy_and_nothing_is_trained() -> None:
    problem = below_one_epoch(nas_problems.make("train-nb201-digits"), "synflow")
    assert list(problem.fidelities.values) == [0.05, 1, 2, 4, 8] and problem.fidelities.continued
    lowest = problem.variant(fidelity=0.05)
    found = lowest.evaluate(CELLS, metrics=["validation_accuracy", "synflow"])
    assert np.array_equal(np.argsort(lowest(CELLS)), np.argsort(-found.metrics["synflow"]))
    assert not found.failed.any() and found.cost_seconds.max() < 5
    assert lowest.evaluate(CELLS[:1], metrics=["train_loss"]).reason == {
        0: "train_loss: not known before the first epoch"
    }


def test_hyperband_starts_below_one_epoch() -> None:
    """On a table of the same networks, so that the run takes no training; parameters are the proxy."""
    problem = below_one_epoch(nas_problems.make("nb201-digits"), "n_parameters")
    log = optimizers.run("successive-halving", problem, budget=3, seed=1)
    assert set(log.fidelity) >= {0.05} and log.fidelity.max() == 8
    assert log.price[0] == pytest.approx(0.05 / 8)


def test_no_training_goes_on_from_a_proxy() -> None:
    """The first epoch is paid in full, after the proxy; the next ones are the rest of the training."""
    problem = below_one_epoch(nas_problems.make("nb201-digits"), "n_parameters")

    @optimizers.as_solver
    def raise_one(task: optimizers.Task) -> Loop:
        for fidelity in (0.05, 1, 2, 8):
            yield optimizers.At(CELLS[:1], fidelity)

    log = optimizers.run(raise_one, problem, budget=2, seed=1)
    assert log.price.tolist() == pytest.approx([0.05 / 8, 1 / 8, 1 / 8, 6 / 8])
    alone = problem.evaluate(CELLS[:1], fidelity=1).cost_seconds
    assert log.cost_seconds[1] == alone[0]


@pytest.mark.parametrize("solver", ["early-stopping:random-search", "freeze-thaw"])
def test_learning_curves_begin_with_the_first_epoch(solver: str) -> None:
    problem = below_one_epoch(nas_problems.make("nb201-digits"), "n_parameters")
    assert list(problem.fidelities.trained.values) == [1, 2, 4, 8]
    log = optimizers.run(solver, problem, budget=6, seed=1)
    assert log.fidelity.min() == 1


def test_squeezing_keeps_the_order_of_very_different_numbers() -> None:
    values = np.sort(np.concatenate([-np.logspace(-6, 8, 50), np.logspace(-6, 30, 50)]))
    assert (np.diff(squeezed(values)) > 0).all() and squeezed(values).min() > 0 and squeezed(values).max() < 100


def test_refusals() -> None:
    digits = nas_problems.make("nb201-digits")
    with pytest.raises(ValueError, match=r"proxy: wanted a zero-cost metric of nb201-digits \(.*\), found 'synflo'"):
        below_one_epoch(digits, "synflo")
    with pytest.raises(
        ValueError, match=r"proxy: wanted a zero-cost metric of tiny-table \(it has none\), found 'synflow'"
    ):
        below_one_epoch(table_problem(), "synflow")
    with pytest.raises(ValueError, match=r"fidelity: wanted epochs in \(0, 1\), found 1"):
        below_one_epoch(digits, "n_flops", fidelity=1.0)
    with pytest.raises(ValueError, match="wanted objectives that are accuracies in percent, found latency_seconds"):
        below_one_epoch(digits.variant(objective="latency_seconds"), "n_flops")
