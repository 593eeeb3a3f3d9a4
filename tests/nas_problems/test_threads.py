"""Workers use one thread each, unless the user says otherwise."""

import os
from collections import deque
from contextlib import closing

import pytest
from threadpoolctl import threadpool_info

from experiments.executors.serial import SerialExecutor
from nas_problems.evaluators.child import Child
from nas_problems.threads import as_in_a_worker, thread_variables

NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def threads_here(unit: str = "") -> set[int]:
    """Of the numerical libraries of the process that is asked, which multiplies matrices first."""
    import numpy as np
    import sklearn.cluster  # brings OpenMP, if nothing has before

    assert sklearn.cluster is not None and np.isfinite(np.ones((9, 9)) @ np.ones((9, 9))).all()
    return {int(library["num_threads"]) for library in threadpool_info()}


def variables_here(unit: str = "") -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in NAMES}


def test_one_thread_where_nothing_is_said() -> None:
    assert set(thread_variables().values()) == {"1"} and tuple(thread_variables()) == NAMES
    with closing(Child()) as child:
        assert child.call(threads_here) == {1}
    [(_, found)] = SerialExecutor()(threads_here, deque([""]))
    assert found == {1}


def test_what_the_user_sets_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("MKL_NUM_THREADS", "2")
    wanted = dict.fromkeys(NAMES, "3") | {"MKL_NUM_THREADS": "2"}
    assert dict(thread_variables()) == wanted
    with closing(Child()) as child:
        assert child.call(variables_here) == wanted
        assert max(child.call(threads_here)) > 1
    [(_, found)] = SerialExecutor()(variables_here, deque([""]))
    assert found == wanted


@pytest.mark.parametrize("odd", ["", "0", "-1", "many", "2,1", "99999999999999999999"])
def test_odd_values_are_the_librarys_business(odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", odd)
    with as_in_a_worker():
        assert os.environ["OMP_NUM_THREADS"] == odd


def test_the_process_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MKL_NUM_THREADS", "2")
    before, threads = dict(os.environ), threads_here()
    with pytest.raises(RuntimeError), as_in_a_worker():
        assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
        raise RuntimeError
    assert dict(os.environ) == before and threads_here() == threads
