"""Units of work of the page: searches, and rankings by shared weights; each is a file once it is done."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.papers.one_shot.plan import Sizes, configured, setting
from experiments.papers.stored import stored
from experiments.steps import step
from nas_problems.array import FloatArray
from nas_problems.catalog.nas_bench_201 import SPACE
from nas_problems.space import Codes
from optimizers.one_shot.search import search


def searched(folder: Path, label: str, seed: int, sizes: Sizes) -> pd.DataFrame:
    """What a search derives, computed or read: rows with epoch and the derived cell's index.

    Args:
        folder: Of the files; a search that was killed goes on from its checkpoint.
        label: One of ``METHODS``.
        seed: Of the search.
        sizes: Its length.
    """
    method = configured(label)
    stem = f"search-{method.label}-{sizes.epochs}-{seed}"

    def compute() -> pd.DataFrame:
        step(f"{label}, search {seed}")
        log = search(
            method,
            setting(sizes, seed),
            checkpoint=folder / f"{stem}.checkpoint",
            derive_every=sizes.derive_every,
            clock=time.process_time,
        )
        return pd.DataFrame({"epoch": log.epochs, "seconds": log.seconds, "cell": SPACE.index_of(log.Z)})

    frame = stored(folder / f"{stem}.csv", compute)
    return frame[["epoch", "cell"]].assign(method=label, seed=seed)


def timed(folder: Path, label: str, sizes: Sizes) -> pd.DataFrame:
    """What a search costs, measured or read: rows with epoch, seconds so far, and seconds of a full training.

    Half of the full trainings come right before the search and half right after it, so that the ratio of both costs
    does not depend on what else the machine does. Seconds are processor time.

    Args:
        folder: Of the files.
        label: One of ``METHODS``.
        sizes: The search's length, and the number of trainings.
    """
    method = configured(label)

    def compute() -> pd.DataFrame:
        step(f"{label}, timed")
        cells = ranked_cells(sizes.n_timed)
        before = _train(cells[::2])
        log = search(method, setting(sizes, 0), derive_every=sizes.derive_every, clock=time.process_time)
        both = np.concatenate([before, _train(cells[1::2])])
        return pd.DataFrame({"epoch": log.epochs, "seconds": log.seconds, "training": both.mean()})

    path = folder / f"time-{method.label}-{sizes.epochs}-{sizes.n_timed}.csv"
    return stored(path, compute).assign(method=label)


def ranked(folder: Path, label: str, seed: int, sizes: Sizes) -> pd.DataFrame:
    """Accuracy by inherited weights, computed or read: a row per mark and cell.

    Args:
        folder: Of the files.
        label: One of ``MODES``.
        seed: Of the supernet.
        sizes: Marks and number of cells.
    """
    name = f"rank-{configured(label).label}-{sizes.epochs}-{sizes.n_ranked}-{seed}.csv"
    return stored(folder / name, lambda: _rank(label, seed, sizes)).assign(mode=label, seed=seed)


def ranked_cells(n: int) -> Codes:
    """Distinct cells without ``none`` on their last edge, the same for all supernets, (n, 6)."""
    everything = SPACE.from_index(np.arange(5**6))
    distinct = np.unique(SPACE.index_of(SPACE.canonical(everything)))
    cells = SPACE.from_index(distinct)
    connected = cells[cells[:, 5] != 0]
    return np.asarray(connected[np.random.default_rng(0).choice(len(connected), n, replace=False)])


def _rank(label: str, seed: int, sizes: Sizes) -> pd.DataFrame:
    from nas_problems.network.fit import one_thread
    from optimizers.one_shot.supernet_search import SupernetSearch

    cells = ranked_cells(sizes.n_ranked)
    with one_thread():
        running = configured(label).factory(setting(sizes, seed))
        assert isinstance(running, SupernetSearch)
        architectures = [running.cells.decode(code) for code in cells]
        frames = []
        while running.epoch < sizes.epochs:
            running.run_epoch()
            if running.epoch in sizes.marks:
                accuracy = running.accuracies(architectures, running.judged_batch(len(running.setting.validation)))
                frames.append(_marked(running.epoch, cells, accuracy))
    return pd.concat(frames, ignore_index=True)


def _marked(epoch: int, cells: Codes, accuracy: FloatArray) -> pd.DataFrame:
    return pd.DataFrame({"epoch": epoch, "cell": SPACE.index_of(cells), "accuracy": accuracy})


def _train(cells: Codes) -> FloatArray:
    """Seconds of full trainings, as the table's, (n,)."""
    from nas_problems.catalog.train import DIGITS_PROTOCOL, DIGITS_SKELETON
    from nas_problems.network.family import CellFamily
    from nas_problems.network.fit import StackTraining, initial_state, one_thread

    given = setting(Sizes(), 0)
    family, seconds = CellFamily(given.shape, DIGITS_SKELETON), []
    with one_thread():
        for config in SPACE.decode(cells):
            stack = family.stack([config], DIGITS_PROTOCOL)
            initial_state(stack, seed=0, key=0)
            training = StackTraining(stack, given.train, DIGITS_PROTOCOL, seeds=(0,), clock=time.process_time)
            training.run_to(DIGITS_PROTOCOL.epochs)
            seconds.append(training.train_seconds)
    return np.array(seconds)
