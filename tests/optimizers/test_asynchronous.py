"""Solvers that are asked whenever a worker is free, and told in the order in which trainings end."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import optimizers
from nas_problems import Evaluations, Problem
from nas_problems.evaluation import EvaluatorWrapper, Noise
from nas_problems.space import Codes
from nas_problems.stream import Request
from optimizers.journal_file import read_journal
from tests.optimizers.counted import calls, staged


class Delayed(EvaluatorWrapper):
    """Two workers, simulated: of what is in flight, the one that has been for the shortest time ends first."""

    n_workers, remembers = 2, False

    def __init__(self, problem: Problem) -> None:
        self._evaluator = problem.evaluator
        self.most = 0

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        return self._evaluator.evaluate(Z, metrics=metrics, fidelity=fidelity, noise=noise, rng=rng)

    def evaluate_each(self, requests: Iterator[Request], n_ahead: int) -> Iterator[tuple[int, Evaluations]]:
        numbered, flying = enumerate(requests), list[tuple[int, Request]]()
        while True:
            while len(flying) < n_ahead and (following := next(numbered, None)) is not None:
                flying.append(following)
            if not flying:
                return
            self.most = max(self.most, len(flying))
            number, request = flying.pop()
            yield (
                number,
                self.evaluate(
                    request.code, metrics=request.metrics, fidelity=request.fidelity, noise=request.noise, rng=None
                ),
            )


def delayed(path: Path) -> Problem:
    problem = staged(path)
    return replace(problem, evaluator=Delayed(problem))


@pytest.mark.parametrize("solver", ["asha", "pasha"])
def test_no_worker_waits(solver: str, tmp_path: Path) -> None:
    """As many trainings as there are workers are begun, the budget is kept, and promotions are asked for."""
    problem = delayed(tmp_path / "calls")
    log = optimizers.run(solver, problem, budget=12, seed=1)
    assert isinstance(problem.evaluator, Delayed) and problem.evaluator.most == 2
    assert 11 < log.price.sum() <= 12 and len(log) == len(calls(tmp_path / "calls"))
    assert len(np.unique(log.fidelity)) > 1
    alone = optimizers.run(solver, staged(tmp_path / "alone"), budget=12, seed=1)
    assert len(log) != len(alone) or (log.Z != alone.Z).any()


@pytest.mark.parametrize("n", [3, 11, 25])
def test_an_interrupted_run_has_the_same_course(n: int, tmp_path: Path) -> None:
    """The order in which trainings ended is in the journal, and is that of the run that goes on."""
    journal = tmp_path / "journal"
    whole = optimizers.run("asha", delayed(tmp_path / "whole"), budget=12, seed=1, journal=journal)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: n + 1]))
    log = optimizers.run("asha", delayed(tmp_path / "again"), budget=12, seed=1, journal=journal)
    for name in ("Z", "y", "fidelity", "price"):
        np.testing.assert_array_equal(getattr(log, name), getattr(whole, name))
    assert len(calls(tmp_path / "again")) == len(whole) - n


@pytest.mark.filterwarnings("ignore:asha on staged does not repeat")
def test_another_number_of_workers_goes_on(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    before = optimizers.run("asha", delayed(tmp_path / "calls"), budget=6, seed=1, journal=journal)
    log = optimizers.run("asha", delayed(tmp_path / "calls"), budget=12, seed=1, journal=journal, n_parallel=5)
    assert set(map(bytes, before.Z)) <= set(map(bytes, log.Z))
    assert len(log) == len(calls(tmp_path / "calls")) == len(read_journal(journal).entries)
    assert 11 < log.price.sum() <= 12


def test_time_ends_it(tmp_path: Path) -> None:
    log = optimizers.run("asha", delayed(tmp_path / "calls"), budget=12, seed=1, until=time.time() - 1)
    assert 1 <= len(log) <= 2
    log = optimizers.run("asha", delayed(tmp_path / "calls"), budget=12, seed=1, budget_seconds=20.0)
    assert 20 <= log.cost_seconds.sum() < 40
