"""A study on a Dask cluster whose workers are killed at random moments."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from experiments.executor import Failure, Settings, make_executor
from experiments.folder import StudyFolder
from experiments.session import work_on
from tests.experiments.executors.dask_workers import Workers
from tests.slow.interrupted import STUDY, merged, n_kills, undisturbed

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="kills with signals")]

N_WORKERS = 3


class Killer(threading.Thread):
    """Kills a random worker, alone or with its children, every time there are so many again; starts another."""

    def __init__(self, workers: Workers, n: int, rng: np.random.Generator) -> None:
        super().__init__()
        self.workers, self.n_left, self.rng = workers, n, rng
        self.stopped = threading.Event()

    def run(self) -> None:
        while self.n_left and not self.stopped.wait(self.rng.uniform(0, 1)):
            self.workers.wait()
            if self.stopped.wait(self.rng.uniform(0, 1)):
                break
            victim = self.workers.processes[self.rng.integers(len(self.workers.processes))]
            self.workers.kill(victim, group=bool(self.rng.integers(2)))
            self.workers.start()
            self.n_left -= 1


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    made = Workers(tmp_path)
    for _ in range(N_WORKERS):
        made.start()
    yield made
    made.close()


def test_workers_are_killed(workers: Workers, tmp_path: Path) -> None:
    seed = int(os.environ.get("IOHNAS_KILL_SEED", np.random.SeedSequence().generate_state(1)[0]))
    print(f"IOHNAS_KILL_SEED={seed}")
    rng = np.random.default_rng(seed)
    n_left, n_studies = n_kills(), 0
    while n_left:
        n_studies += 1
        folder = StudyFolder.prepare(tmp_path / f"study-{n_studies}", STUDY)
        killer = Killer(workers, n_left, rng)
        killer.start()
        with closing(make_executor("dask", Settings(address=workers.address))) as executor:
            outcomes = [outcome for _, outcome in work_on(folder, executor, retries=1000)]
        killer.stopped.set()
        killer.join()
        n_left = killer.n_left
        assert not any(isinstance(outcome, Failure) for outcome in outcomes)
        assert merged(folder) == undisturbed()
