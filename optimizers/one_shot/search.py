"""The loop of a one-shot search: epochs, the architecture derived after each, seconds, and a checkpoint."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from nas_problems.array import FloatArray, IntArray, brief
from nas_problems.atomic import replacing
from nas_problems.exception import describe
from nas_problems.network.fit import one_thread
from nas_problems.problem import Problem
from nas_problems.space import Codes
from optimizers.ioh_write import write_log
from optimizers.one_shot.registry import ConfiguredMethod
from optimizers.one_shot.setting import Setting
from optimizers.runlog import RunLog


class Search(Protocol):
    """A search that trains networks of its own."""

    epoch: int

    @property
    def n_epochs(self) -> int:
        """Epochs of the whole search."""
        ...

    def run_epoch(self) -> None:
        """Train for one epoch, and count it."""
        ...

    def derive(self) -> Codes:
        """The architecture that the search would give now, a code (d,); it does not change the search."""
        ...

    def state(self) -> dict[str, Any]:
        """All that is needed to go on: numbers, strings, tensors, and lists and dicts of them."""
        ...

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a state of a search with the same method and setting."""
        ...


@dataclass(frozen=True, eq=False)
class SearchLog:
    """What a search gave after each epoch at which an architecture was derived.

    Args:
        method: Label of the method, with its options.
        seed: Of the search.
        epochs: Epochs done, (n,).
        Z: The derived architectures' codes, (n, d); the last is the answer.
        seconds: From the start, time to derive included, (n,).
    """

    method: str
    seed: int
    epochs: IntArray
    Z: Codes
    seconds: FloatArray

    @property
    def answer(self) -> Codes:
        """Code of the architecture that was found, (d,)."""
        return np.asarray(self.Z[-1])


@dataclass
class _Trajectory:
    epochs: list[int] = field(default_factory=list)
    codes: list[list[int]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    spent: float = 0.0


def search(
    method: ConfiguredMethod,
    setting: Setting,
    *,
    checkpoint: Path | None = None,
    derive_every: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    on_epoch: Callable[[int], None] | None = None,
) -> SearchLog:
    """Run a search, or go on with one that was stopped.

    The same method, setting and seed give the same architectures, however often the search is stopped and
    continued. It computes on one thread on the CPU.

    Args:
        method: What to run.
        setting: On what.
        checkpoint: File that holds the state after every epoch; read where it exists, and removed in the end.
        derive_every: Epochs from one derived architecture to the next; the last epoch always gives one.
        clock: Seconds since any moment; ``time.process_time`` where a machine is shared.
        on_epoch: Told the number of epochs done, after each.

    Raises:
        ValueError: A checkpoint of another method, seed or space, or a damaged one.
    """
    signature = f"{method.label} {setting.seed} {setting.backbone.cells.name} {setting.protocol}"
    with one_thread():
        start = clock()
        running = method.factory(setting)
        done = _Trajectory(spent=clock() - start)
        if checkpoint is not None and checkpoint.exists():
            done = _restore(running, checkpoint, signature)
        while running.epoch < running.n_epochs:
            start = clock()
            running.run_epoch()
            is_last = running.epoch >= running.n_epochs
            code = running.derive() if is_last or running.epoch % derive_every == 0 else None
            done.spent += clock() - start
            if code is not None:
                done.epochs.append(running.epoch)
                done.codes.append(code.tolist())
                done.seconds.append(done.spent)
            if checkpoint is not None and not is_last:
                _save(running, done, checkpoint, signature)
            if on_epoch is not None:
                on_epoch(running.epoch)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return SearchLog(
        method.label, setting.seed, np.array(done.epochs), np.array(done.codes, dtype=np.int64), np.array(done.seconds)
    )


def _save(running: Search, done: _Trajectory, path: Path, signature: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as new:
        torch.save({"signature": signature, "search": running.state(), "trajectory": vars(done)}, new)


def _restore(running: Search, path: Path, signature: str) -> _Trajectory:
    if not path.is_file():
        raise ValueError(f"checkpoint: wanted a file, found something else: {path}")
    try:
        stored = torch.load(path, weights_only=True)  # only tensors and numbers: nothing in it is run
        found = stored["signature"]
        if found == signature:
            running.load(stored["search"])
            return _trajectory(**stored["trajectory"])
    except OSError:
        raise
    except Exception as error:  # torch has a dozen ways to say so
        raise ValueError(
            f"checkpoint: wanted the state of a search, found {describe(error)} in {path}; remove it to start anew"
        ) from error
    raise ValueError(f"checkpoint: wanted one of {signature}, found {brief(found, 200)} in {path}")


def _trajectory(epochs: list[int], codes: list[list[int]], seconds: list[float], spent: float) -> _Trajectory:
    """What a checkpoint says, where it can be true.

    Raises:
        ValueError: It cannot.
    """
    times = np.array([*seconds, spent], dtype=np.float64)
    is_sound = (
        len(epochs) == len(codes) == len(seconds)
        and epochs == sorted(set(epochs))
        and len({len(code) for code in codes}) <= 1
        and bool(np.isfinite(times).all())
        and bool((np.diff(times, prepend=0.0) >= 0).all())
    )
    if not is_sound:
        raise ValueError("architectures, epochs and times that do not belong together")
    return _Trajectory(epochs, codes, seconds, spent)


def as_run_log(log: SearchLog, problem: Problem, *, training_seconds: float | None = None) -> RunLog:
    """A search as a run: its derived architectures, valued by a problem of the same space, or a relabelling of it, in
    their order.

    A row's fidelity is the number of epochs done, so that the incumbent is the latest architecture, not the one
    that turns out best: the search did not know these values. A row's cost is what it took since the row before.

    Args:
        log: The search.
        problem: A table, or a training problem, without random noise.
        training_seconds: Of a full training of one architecture: what a row takes of a budget that counts full
            trainings; None: a row counts as one.
    """
    Z = problem.from_base(log.Z)
    evaluations = problem.evaluate(Z, metrics=problem.objective_metrics)
    seconds = np.diff(log.seconds, prepend=0.0)
    return RunLog(
        solver=log.method,
        problem=problem.label,
        seed=log.seed,
        initializer="uniform",
        Z=Z,
        y=problem.minimised(evaluations),
        cost_seconds=seconds,
        failed=evaluations.failed,
        fidelity=log.epochs.astype(np.float64),
        price=np.ones(len(Z)) if training_seconds is None else seconds / training_seconds,
        reason=evaluations.reason,
        metric=problem.sole_objective,
    )


def write_search(
    folder: Path, log: SearchLog, problem: Problem, *, training_seconds: float | None = None
) -> Mapping[str, FloatArray]:
    """Log a search in IOH format, by the writer of all runs: against seconds, and against full trainings.

    Args:
        folder: New or empty.
        log: The search.
        problem: See ``as_run_log``.
        training_seconds: See ``as_run_log``.

    Returns:
        The columns of the log: ``regret``, ``cost`` in seconds, ``fidelity`` in epochs, ``spent`` in full trainings
        and more, see ``optimizers.ioh_write.watched_columns``.
    """
    return write_log(folder, problem, as_run_log(log, problem, training_seconds=training_seconds), with_fidelity=True)
