"""Dask: an existing scheduler, lost workers, resources, a missing package."""

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from experiments.executor import Failure, Settings, make_executor
from tests.experiments.executors.dask_workers import Workers
from tests.experiments.executors.units import work


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    made = Workers(tmp_path)
    yield made
    made.close()


def test_an_existing_scheduler_survives_the_session(workers: Workers) -> None:
    workers.start()
    workers.wait()
    with closing(make_executor("dask", Settings(address=workers.address))) as executor:
        first = dict(executor(work, deque(["a", "process"])))
        assert first["a"] == "A"
    with closing(make_executor("dask", Settings(address=workers.address))) as executor:
        second = dict(executor(work, deque(["process"])))
    assert first["process"] != second["process"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(first["process"])), 0)


def test_units_of_a_lost_worker_go_to_another(workers: Workers) -> None:
    lost, _ = workers.start(), workers.start()
    workers.wait()
    units = [f"u{i}" for i in range(2000)]
    found = {}
    with closing(make_executor("dask", Settings(address=workers.address))) as executor:
        for unit, outcome in executor(work, deque(units)):
            found[unit] = outcome
            if len(found) == 20:
                workers.kill(lost)
    assert found == {unit: unit.upper() for unit in units}


def test_a_scheduler_that_is_gone_is_said_and_no_unit_has_failed(workers: Workers) -> None:
    import dask

    workers.start()
    workers.wait()
    quickly = dask.config.set({"distributed.comm.timeouts.connect": "2s"})
    with quickly, closing(make_executor("dask", Settings(address=workers.address))) as executor:
        outcomes = executor(work, deque(["a", "hangs"]))
        assert next(outcomes) == ("a", "A")
        workers.cluster.close()
        with pytest.raises(ConnectionError, match=r"the Dask scheduler is gone; .* goes on with what is left"):
            next(outcomes)


def test_units_that_need_a_resource_go_where_it_is(workers: Workers) -> None:
    workers.start("--resources", "GPU=1")
    workers.start()
    workers.wait()
    settings = Settings(address=workers.address, resources={"GPU": 1.0}, needs=lambda unit: unit == "process")
    with closing(make_executor("dask", settings)) as executor:
        pids = {outcome for unit, outcome in executor(work, deque(["a", "process"] * 10)) if unit == "process"}
    assert len(pids) == 1
    assert not any(isinstance(pid, Failure) for pid in pids)


def test_the_scheduler_that_is_not_there() -> None:
    from dask import config

    with config.set({"distributed.comm.timeouts.connect": "0.2s"}), pytest.raises(ConnectionError, match="no Dask sch"):
        dict(make_executor("dask", Settings(address="tcp://127.0.0.1:9"))(work, deque(["a"])))


def test_wrong_settings() -> None:
    with pytest.raises(ValueError, match="dask with --address takes the workers that are there, found --workers"):
        make_executor("dask", Settings(workers=2, address="tcp://node:8786"))
    with pytest.raises(ValueError, match="dask has no --options"):
        make_executor("dask", Settings(options={"queue": "gpu"}))


@pytest.mark.parametrize("name", ["dask", "slurm"])
def test_a_missing_package_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "dask_jobqueue", None)
    options = {"cores": "1", "memory": "1GB"} if name == "slurm" else {}
    with pytest.raises(ImportError, match=r"pip install 'iohnas\[cluster\]'"):
        make_executor(name, Settings(workers=1, options=options))
