"""Job queues of clusters: workers of Dask as SLURM or PBS jobs, through dask-jobqueue."""

import difflib
import inspect
import math
import re
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from typing import Any

from experiments.executor import Executor, Settings, executors
from experiments.executors.dask_cluster import MISSING, DaskExecutor
from nas_problems.exception import describe
from optimizers.solver_text import split_list

_NUMBERS = ("cores", "processes", "job_cpu")
_LISTS = ("job_extra_directives", "job_script_prologue", "worker_extra_args", "job_directives_skip")
_OF_CLUSTER = ("protocol", "shared_temp_directory")
_NOT_TEXTS = ("scheduler", "name", "extra", "env_extra", "job_extra", "header_skip", "project", "security")
_DASHBOARD = "dashboard_address"


def queue_options(cluster: type, texts: Mapping[str, str], resources: Mapping[str, float]) -> dict[str, Any]:
    """Options of a cluster of dask-jobqueue from their texts.

    Workers have one thread each: ``processes`` is ``cores`` unless it is given.

    Args:
        cluster: ``SLURMCluster``, for example.
        texts: By name; lists in square brackets: ``[--gres=gpu:1,--exclusive]``.
        resources: What every worker offers.

    Raises:
        ValueError: An option that the cluster does not have, or a value of another type.
    """
    known = _option_names(cluster)
    options: dict[str, Any] = {}
    for name, text in texts.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(known)}"
            raise ValueError(f"options: unknown option {name!r} of {cluster.__name__}; {hint}")
        options[name] = _value(name, text)
    for name in ("cores", "memory"):
        if name not in options:
            raise ValueError(f"options: wanted cores=... and memory=... of a job, found no {name}")
    options.setdefault("processes", options["cores"])
    options["scheduler_options"] = {_DASHBOARD: options.pop(_DASHBOARD, ":0")}  # any free port
    if resources:
        offered = ",".join(f"{name}={amount:g}" for name, amount in resources.items())
        options["worker_extra_args"] = [*options.get("worker_extra_args", []), "--resources", offered]
    return options


def _option_names(cluster: Any) -> tuple[str, ...]:
    """Names of what its jobs, all jobs, and all clusters take, and is a string, a number or a list of texts."""
    kinds = [kind for kind in cluster.job_cls.__mro__ if kind.__module__.startswith("dask_jobqueue")]
    parameters = [parameter for kind in kinds for parameter in inspect.signature(kind.__init__).parameters.values()]
    names = {parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD}
    return tuple(sorted((names | {*_OF_CLUSTER, _DASHBOARD}) - {"self", *_NOT_TEXTS}))


def _value(name: str, text: str) -> object:
    if name in _NUMBERS:
        if not re.fullmatch(r"[1-9]\d{0,5}", text):
            raise ValueError(f"options: {name}: wanted a number >= 1, found {text!r}")
        return int(text)
    if name in _LISTS:
        return list(split_list(text.removeprefix("[").removesuffix("]")))
    if name == "memory":
        from dask.utils import parse_bytes

        try:
            parse_bytes(text)
        except ValueError:
            raise ValueError(f"options: memory: wanted an amount such as 16GB, found {text!r}") from None
    return {"true": True, "false": False}.get(text.lower(), text)


def queue_cluster(kind: str, settings: Settings) -> Any:
    """A cluster of dask-jobqueue with its jobs not yet submitted.

    Args:
        kind: ``SLURMCluster`` or ``PBSCluster``.
        settings: See ``queue_options``.

    Raises:
        ImportError: dask-jobqueue is not installed; the message has the command that installs it.
        ValueError: See ``queue_options``; or values that the cluster refuses.
    """
    try:
        import dask_jobqueue
    except ImportError as error:
        raise ImportError(MISSING) from error
    cluster = getattr(dask_jobqueue, kind)
    options = queue_options(cluster, settings.options, settings.resources)
    try:
        return cluster(**options)
    except (RuntimeError, ValueError, TypeError, OSError) as error:
        raise ValueError(f"options: {kind} cannot be made of them: {describe(error)}") from error


KINDS = {"slurm": "SLURMCluster", "pbs": "PBSCluster"}
"""Executors whose workers are jobs, and their clusters of dask-jobqueue."""


def job_of(name: str, settings: Settings) -> tuple[str, int]:
    """The job script that an executor would submit, and how many such jobs.

    Args:
        name: One of ``KINDS``.
        settings: See ``queue_options``; ``workers`` of all jobs together.

    Raises:
        ImportError, ValueError: See ``queue_cluster``.
    """
    with closing(queue_cluster(KINDS[name], settings)) as cluster:
        n_processes = int(queue_options(type(cluster), settings.options, settings.resources)["processes"])
        return str(cluster.job_script()), math.ceil(settings.workers / n_processes)


def _started(kind: str, settings: Settings) -> Any:
    cluster = queue_cluster(kind, settings)
    cluster.scale(n=settings.workers)
    return cluster


def _executor(name: str, settings: Settings) -> Executor:
    kind = KINDS[name]
    settings.allow(name, "workers", "time_limit", "memory_bytes", "options", "resources")
    if not settings.workers:
        raise ValueError(f"executor: {name} wants --workers N, the number of processes in all jobs together")
    queue_cluster(kind, settings).close()  # says now what is wrong
    return DaskExecutor(
        partial(_started, kind, settings),
        time_limit=settings.time_limit,
        memory_bytes=settings.memory_bytes,
        resources=settings.resources,
        needs=settings.needs,
    )


@executors.register("slurm", summary="jobs of SLURM (--workers, --options)", family="dask")
def slurm(settings: Settings) -> Executor:
    """See ``queue_cluster``."""
    return _executor("slurm", settings)


@executors.register("pbs", summary="jobs of PBS (--workers, --options)", family="dask")
def pbs(settings: Settings) -> Executor:
    """See ``queue_cluster``."""
    return _executor("pbs", settings)
