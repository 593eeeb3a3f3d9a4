"""Evaluation by training: determinism, continuation, failures, and the conformance suite on small problems."""

import dataclasses
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch
from torch import nn

from nas_problems.catalog.nas_bench_201 import SPACE
from nas_problems.catalog.train import MLP_SPACE, SMALL_CHAIN
from nas_problems.cell.graph101 import SPACE as GRAPH_SPACE
from nas_problems.datasets.images import ImageSet
from nas_problems.evaluation import MEAN_SEEDS, Fidelities
from nas_problems.evaluators.training import METRICS, TrainingEvaluator, candidate_key, from_network
from nas_problems.network.family import FAMILIES, CellFamily, MlpFamily, chain_family
from nas_problems.network.fit import one_thread
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.shape import ImageShape
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.problem import Problem
from nas_problems.space import Categorical, Codes, SearchSpace
from nas_problems.testing import check_problem

if TYPE_CHECKING:
    from nas_problems.network.family import Family

PROTOCOL = TrainingProtocol(epochs=3, batch_size=10, learning_rate=0.05)
CELLS = np.array([[3, 3, 2, 1, 4, 0], [1, 0, 2, 4, 3, 2], [0, 0, 0, 0, 0, 0]])


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def load_images(size: int = 6) -> ImageSet:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return ImageSet.from_arrays("noise", rng.random((60, size, size)) + labels[:, None, None], labels)


def cells(shape: ImageShape) -> CellFamily:
    return CellFamily(shape, CellSkeleton(channels=2, n_cells=1, n_stages=1))


def evaluator(
    space: SearchSpace = SPACE,
    family: "Callable[[ImageShape], Family]" = cells,
    protocol: TrainingProtocol = PROTOCOL,
    **options: object,
) -> TrainingEvaluator:
    size = 16 if family is chain_family else 6
    made = TrainingEvaluator(
        space, partial(load_images, size), family, protocol, Fidelities("epochs", (1, protocol.epochs))
    )
    return dataclasses.replace(made, **options)  # type: ignore[arg-type]  # options of several types


def problem(made: TrainingEvaluator) -> Problem:
    return Problem(
        name="train-small",
        function_id=32_000,
        base_space=made.space,
        evaluator=made,
        objectives=(METRICS["validation_accuracy"],),
        source="dong2020",
        test_metric="test_accuracy",
    )


@pytest.mark.parametrize(
    ("space", "family"),
    [(SPACE, cells), (SMALL_CHAIN, chain_family), (MLP_SPACE, MlpFamily)],
    ids=["201", "chain", "mlp"],
)
def test_conformance(space: SearchSpace, family: "Callable[[ImageShape], Family]") -> None:
    check_problem(problem(evaluator(space, family)), n_candidates=2)


def test_values_are_the_same_in_another_session() -> None:
    first, again = (problem(evaluator()).evaluate(CELLS) for _ in range(2))
    for name in ("validation_accuracy", "test_accuracy", "n_parameters", "n_flops"):
        assert np.array_equal(first.metrics[name], again.metrics[name])
    assert (first.cost_seconds > 0).all() and first.metrics["latency_seconds"].min() > 0


def test_more_epochs_continue_and_fewer_are_remembered() -> None:
    epochs: list[int] = []
    live = problem(evaluator(on_epoch=epochs.append))
    low = live.variant(fidelity=1, noise="seed-0")
    high = live.variant(noise="seed-0")
    at_one = low(CELLS[:1])
    assert epochs == [1]
    at_three = high(CELLS[:1])
    assert epochs == [1, 2, 3]  # continued, not begun again
    assert low(CELLS[:1]) == at_one and high(CELLS[:1]) == at_three and len(epochs) == 3
    fresh = problem(evaluator()).variant(noise="seed-0")
    assert fresh(CELLS[:1]) == at_three
    assert fresh.variant(fidelity=1)(CELLS[:1]) == at_one  # recorded on the way


def test_a_problem_that_has_trained_can_be_sent_to_another_process() -> None:
    live = problem(evaluator()).variant(noise="seed-0")
    y = live(CELLS)
    assert np.array_equal(pickle.loads(pickle.dumps(live))(CELLS), y)


def test_costs_are_those_of_a_training_from_the_start() -> None:
    live = problem(evaluator())
    low, high = live.variant(fidelity=1).evaluate(CELLS[:1]), live.evaluate(CELLS[:1])
    assert high.cost_seconds > low.cost_seconds
    assert high.metrics["train_seconds"] == pytest.approx(high.cost_seconds / len(MEAN_SEEDS))


def test_the_loss_of_training_is_a_metric_at_every_fidelity() -> None:
    live = problem(evaluator(fidelities=Fidelities("epochs", (1, 2, 3)))).variant(noise="seed-0")
    losses = live.learning_curve(CELLS[:1], metric="train_loss")[0]
    accuracies = live.learning_curve(CELLS[:1], metric="train_accuracy")[0]
    assert losses[0] > losses[1] > losses[2] > 0 and 0 <= accuracies[0] < accuracies[2] <= 100


def test_equal_cells_are_trained_once() -> None:
    """Only the edge from 0 to 3 matters where nothing else reaches node 3."""
    epochs: list[int] = []
    live = problem(evaluator(on_epoch=epochs.append)).variant(noise="seed-0")
    y = live([[3, 0, 0, 2, 0, 0], [0, 0, 0, 2, 0, 0]])
    assert y[0] == y[1] and epochs == [1, 2, 3]


FAILURES: dict[str, tuple[TrainingEvaluator, Codes, str]] = {
    "shape": (evaluator(SMALL_CHAIN, chain_family), SMALL_CHAIN.upper[None].copy(), "what is left of the image"),
    "memory": (evaluator(limit_bytes=1e4), CELLS[:1], r"MemoryError: training needs .* MiB, the limit is 0"),
    "time": (evaluator(limit_seconds=1e-9), CELLS[:1], "exceeded the time limit"),
    "divergence": (
        evaluator(protocol=dataclasses.replace(PROTOCOL, learning_rate=1e30)),
        CELLS[:1],
        "diverged within 1 epochs",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_are_rows_with_a_reason(name: str) -> None:
    made, Z, reason = FAILURES[name]
    live = problem(made)
    found = live.evaluate(Z)
    assert found.failed.tolist() == [True] and np.isnan(found.metrics["validation_accuracy"][0])
    assert np.isfinite(found.cost_seconds).all()
    assert re.search(reason, found.reason[0])
    assert live(Z).tolist() == [100.0]


def test_wrong_settings() -> None:
    with pytest.raises(ValueError, match="fidelities: wanted epochs up to 3, found epochs=2"):
        evaluator(fidelities=Fidelities("epochs", (1, 2)))
    with pytest.raises(ValueError, match="limit_seconds: wanted a positive number, found 0"):
        evaluator(limit_seconds=0)
    with pytest.raises(ValueError, match=r"drop_path: wanted 0, only NAS-Bench-201 cells have it, found 0\.1"):
        problem(evaluator(MLP_SPACE, MlpFamily, dataclasses.replace(PROTOCOL, drop_path=0.1)))(MLP_SPACE.lower[None])


def test_keys_are_distinct() -> None:
    Z = MLP_SPACE.sample(50, np.random.default_rng(0))
    assert len({candidate_key(MLP_SPACE, z) for z in Z}) == 50
    assert candidate_key(SPACE, CELLS[0]) == SPACE.index_of(CELLS[:1])[0]


def test_families_as_published() -> None:
    assert set(FAMILIES) == {"chaincnn", "compact", "darts", "macro", "mlp", "nb101", "nb201"}
    graphs = GRAPH_SPACE.decode(GRAPH_SPACE.sample(2, np.random.default_rng(0)))
    assert FAMILIES["nb101"](ImageShape(3, 8, 8, 2)).stack(graphs, PROTOCOL).n_networks == 2
    macro = FAMILIES["macro"](ImageShape(3, 8, 8, 2))
    config = {f"layer_{i}": "identity" for i in range(8)}
    assert macro.stack([config] * 2, PROTOCOL).n_networks == 2
    with pytest.raises(ValueError, match="perceptrons in a stack have one configuration"):
        FAMILIES["mlp"](ImageShape(1, 2, 2, 2)).stack(
            MLP_SPACE.decode(MLP_SPACE.sample(2, np.random.default_rng(0))), PROTOCOL
        )


def test_without_torch_the_command_is_named() -> None:
    code = """
import sys
sys.modules["torch"] = None
import nas_problems
problem = nas_problems.make("train-nb201-digits")
try:
    problem([[0] * 6])
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "training a network needs it: pip install torch==2.13.0" in done.stdout


def test_nothing_is_trained_for_zero_cost_metrics() -> None:
    epochs: list[int] = []
    live = problem(evaluator(on_epoch=epochs.append)).variant(objective=("synflow", "n_parameters"))
    found = live.evaluate(CELLS, metrics=live.objective_metrics)
    assert not epochs and (found.cost_seconds > 0).all()
    assert live(CELLS).shape == (3, 2) and not epochs
    assert live.evaluate(CELLS, metrics=("synflow",)).cost_seconds.sum() < found.cost_seconds.sum()
    cost = found.metrics["n_parameters"]
    assert cost[2] < cost[0] and found.metrics["synflow"][2] < found.metrics["synflow"][:2].min()


def test_proxies_depend_on_the_seeds_alone() -> None:
    names = ("grad_norm", "jacob_cov", "nwot", "snip", "synflow")
    first, again = (problem(evaluator()).evaluate(CELLS[:1], metrics=names).metrics for _ in range(2))
    seeds = [
        problem(evaluator()).variant(noise=f"seed-{k}").evaluate(CELLS[:1], metrics=names).metrics for k in (0, 1, 2)
    ]
    for name in names:
        assert first[name] == again[name]
        assert first[name] == pytest.approx(np.mean([metrics[name] for metrics in seeds]))
        assert seeds[0][name] != seeds[1][name]


def test_mean_is_that_of_the_seeds_up_to_rounding_where_nothing_else_is_drawn() -> None:
    """With augmentation it is that of other trainings, which draw from all seeds together."""
    for change, is_equal in (({}, True), ({"mixup": 1.0}, False), ({"cutout": 3}, False)):
        made = evaluator(protocol=dataclasses.replace(PROTOCOL, **change))
        losses = [
            problem(made).variant(noise=noise).evaluate(CELLS[:1], metrics=["train_loss"]).metrics["train_loss"][0]
            for noise in ("mean", "seed-0", "seed-1", "seed-2")
        ]
        assert (abs(losses[0] - np.mean(losses[1:])) < 1e-4) == is_equal


class Scaled(nn.Module):
    """A linear layer whose logits are multiplied, until they are no numbers."""

    def __init__(self, factor: float, shape: ImageShape) -> None:
        super().__init__()
        self.layer, self.factor = nn.Linear(shape.n_channels * shape.height * shape.width, shape.n_classes), factor

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self.layer(images.flatten(1)) * self.factor)


@pytest.mark.parametrize("name", ["grad_norm", "synflow"])
def test_a_proxy_that_is_no_finite_number_is_a_failed_row(name: str) -> None:
    space = SearchSpace((Categorical("factor", ("1", "nan")),))
    made = from_network(
        lambda config, shape: Scaled(float(config["factor"]), shape), space, load_images, name="x", protocol=PROTOCOL
    )
    found = made.evaluate([[0], [1]], metrics=[name])
    assert found.failed.tolist() == [False, True]
    assert found.reason == {1: f"ArithmeticError: {name}: wanted a finite number, found nan"}


def test_a_proxy_that_cannot_be_measured_is_a_failed_row() -> None:
    found = problem(evaluator(SMALL_CHAIN, chain_family)).evaluate(SMALL_CHAIN.upper[None], metrics=["synflow"])
    assert found.failed.tolist() == [True] and "what is left of the image" in found.reason[0]
