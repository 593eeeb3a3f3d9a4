"""Architectures trained per second: stacks on every core, compared with a plain loop with a DataLoader.

    python benchmarks/bench_training.py [--device cuda] [--n 64]

Both sides train the same NAS-Bench-201 cells on the digits, from the same weights, on the same batches in
the same order, for the same number of epochs, and end with the same accuracies up to rounding. The plain
loop has one network at a time, reads the loss at every step as such loops do, and may use all cores.
Wall-clock time: let nothing else run.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.measure import Row, show
from nas_problems.array import FloatArray
from nas_problems.catalog.train import DIGITS_EPOCHS, DIGITS_PROTOCOL, DIGITS_SKELETON
from nas_problems.datasets.image_sets import load_digits
from nas_problems.evaluators.child import Child
from nas_problems.network.cell201 import CellNetwork
from nas_problems.network.fit import ORDER, derived_seed, initial_state
from nas_problems.network.session import device_parts
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.table.plan import MEASURE, TablePlan, Unit
from nas_problems.table.unit import do_unit, keys
from nas_problems.table.unit_call import call_unit


def plain(plan: TablePlan, units: list[Unit], device: str) -> FloatArray:
    """Validation accuracy of every candidate, one after the other; percent, (n,)."""
    codes = np.concatenate([plan.codes_of(unit) for unit in units])
    train, validation, _ = device_parts(load_digits(), "cpu")
    data = TensorDataset(train.images, train.labels)
    assert isinstance(plan.skeleton, CellSkeleton)
    accuracies = []
    for code, key in zip(codes.tolist(), keys(plan, codes), strict=True):
        network = CellNetwork(code, n_channels=1, n_classes=10, skeleton=plan.skeleton)
        initial_state(network, seed=0, key=key)
        network.to(device).train()
        optimizer = torch.optim.SGD(network.parameters(), lr=0.2, momentum=0.9, nesterov=True, weight_decay=5e-4)
        for epoch in range(plan.protocol.epochs):
            optimizer.param_groups[0]["lr"] = plan.protocol.learning_rate_at(epoch)
            generator = torch.Generator().manual_seed(derived_seed(ORDER, 0, epoch))
            order = torch.randperm(len(data), generator=generator).tolist()
            batches = [order[i : i + 25] for i in range(0, len(order), 25)]
            total = 0.0
            for images, labels in DataLoader(data, batch_sampler=batches):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(network(images.to(device)), labels.to(device))
                torch.autograd.backward(loss)
                optimizer.step()
                total += loss.item()
            if epoch + 1 in plan.epochs:
                accuracy = score(network, validation.images, validation.labels, device)
        accuracies.append(accuracy)
    return np.array(accuracies)


def score(network: nn.Module, images: torch.Tensor, labels: torch.Tensor, device: str) -> float:
    """Percent of right answers."""
    network.eval()
    right = 0
    with torch.no_grad():
        for batch, wanted in DataLoader(TensorDataset(images, labels), batch_size=100):
            right += int((network(batch.to(device)).argmax(dim=1).cpu() == wanted).sum())
    network.train()
    return 100 * right / len(labels)


def stacked(plan: TablePlan, units: list[Unit], workers: list[Child], device: str) -> FloatArray:
    """The same in stacks, one process per core; percent, (n,)."""

    def work(which: int) -> list[FloatArray]:
        return [
            workers[which].call(call_unit, plan, unit, device)["validation_right"][-1].astype(np.float64)
            for unit in units[which :: len(workers)]
        ]

    with ThreadPoolExecutor(len(workers)) as pool:
        done = list(pool.map(work, range(len(workers))))
    ordered = [done[i % len(workers)][i // len(workers)] for i in range(len(units))]
    return np.concatenate(ordered) / 7.0


def rows(*, device: str = "cpu", n_cells: int = 32) -> Iterator[Row]:
    """Times, and how far the accuracies of both sides are apart.

    Args:
        device: Where both sides train.
        n_cells: How many cells.
    """
    n_workers = len(os.sched_getaffinity(0)) if device == "cpu" else 1
    size = 32 if device == "cpu" else n_cells
    plan = TablePlan("nb201", "digits", DIGITS_PROTOCOL, DIGITS_EPOCHS, 1, size, DIGITS_SKELETON)
    numbers = np.random.default_rng(0).choice(len(plan.codes) // size, max(n_cells // size, 1), replace=False)
    units = [Unit(0, int(number)) for number in np.sort(numbers)]
    workers = [Child() for _ in range(n_workers)]
    for worker in workers:  # imports, and the image set
        worker.call(call_unit, plan, Unit(MEASURE, 0), device)
    do_unit(plan, Unit(MEASURE, 0), device)
    sides: dict[str, Callable[[], FloatArray]] = {
        "ours": partial(stacked, plan, units, workers, device),
        "plain": partial(plain, plan, units, device),
    }
    n = size * len(units)
    seconds, results = {}, {}
    for name, side in sides.items():
        start = time.perf_counter()
        results[name] = side()
        seconds[name] = (time.perf_counter() - start) / n
    for worker in workers:
        worker.stop()
    target = 3 if device == "cpu" else 10
    difference = np.abs(results["ours"] - results["plain"])
    note = (
        f"mean accuracy {results['ours'].mean():.2f} and {results['plain'].mean():.2f} %, a cell differs by "
        f"{difference.mean():.2f} on average, rank correlation {rank_correlation(results):.3f}"
    )
    what, rival = f"training one of {n} cells on {device}", {"plain loop": seconds["plain"]}
    yield Row(what, seconds["ours"], "s", rival, target_ratio=target, note=note)


def rank_correlation(results: dict[str, FloatArray]) -> float:
    """Spearman's, between the sides."""
    from scipy.stats import spearmanr

    return float(spearmanr(results["ours"], results["plain"])[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--n", type=int, default=64)
    options = parser.parse_args()
    show(rows(device=options.device, n_cells=options.n))
