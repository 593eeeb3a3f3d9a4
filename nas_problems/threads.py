"""How many threads numerical libraries use in a worker: one, unless the user says otherwise.

Workers are as many as there are cores, so that more threads would only wait for each other, and sums of one thread
have the same order everywhere. Whoever sets ``OMP_NUM_THREADS`` (or a library's own variable) is obeyed.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_GENERAL = "OMP_NUM_THREADS"
_OF_LIBRARIES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")


def thread_variables() -> Mapping[str, str]:
    """Environment variables of a worker, those that the user has set as they are.

    >>> sorted(thread_variables())[:2]
    ['MKL_NUM_THREADS', 'NUMEXPR_NUM_THREADS']
    """
    general = os.environ.get(_GENERAL, "1")
    return {name: os.environ.get(name, general) for name in (_GENERAL, *_OF_LIBRARIES)}


@contextmanager
def as_in_a_worker() -> Iterator[None]:
    """This process as a worker, in libraries that are loaded already and in those that are loaded in the block."""
    from threadpoolctl import threadpool_limits

    wanted = thread_variables()
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    general = wanted[_GENERAL].split(",")[0]
    n_threads = min(int(general), os.cpu_count() or 1) if general.isdecimal() else 1
    os.environ.update(added)
    try:
        with threadpool_limits(limits=max(n_threads, 1)):
            yield
    finally:
        for name in added:
            os.environ.pop(name, None)
