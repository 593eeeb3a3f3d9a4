"""What a process that carries out runs keeps from one to the next: plug-ins, problems, executors.

There is one object of it per process, ``PROCESS``; ``load_plugins`` is its method.
"""

import atexit
import functools
import hashlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.machinery import SOURCE_SUFFIXES
from pathlib import Path

import nas_problems
from experiments.executor import Executor, Settings, make_executor
from experiments.parallel import in_parallel
from experiments.study import Run
from nas_problems import Problem
from nas_problems.evaluators.imported import CheckedLoader
from nas_problems.exception import describe

_N_PROBLEMS = 64  # of which tables and trainings are kept


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the evaluations of a run are carried out, if not where the run is.

    Args:
        executor: Name of an executor.
        settings: Its settings; the limits are those of one evaluation.
    """

    executor: str
    settings: Settings


class WorkerProcess:
    """Plug-ins that were imported, problems that were made and executors that were started, each once."""

    def __init__(self) -> None:
        self._digests: dict[Path, str] = {}  # of the plug-ins when they were imported
        self._made = functools.lru_cache(_N_PROBLEMS)(_made)
        self._executors: dict[str, Executor] = {}  # their workers stay from run to run
        self._changed: dict[tuple[int, str], tuple[Problem, Problem]] = {}  # with the original, which keeps its id

    def load_plugins(self, paths: Iterable[str | Path], *, digests: Mapping[str, str] | None = None) -> None:
        """Import Python files that register problems, solvers or initializers; each once per process.

        Args:
            paths: The files.
            digests: Of their content, by path, where all processes of a session must have the same; see ``digest_of``.

        Raises:
            ValueError: A file that is absent or raises, or is not the one of the session; the message names it.
        """
        for text in paths:
            path = Path(text).resolve()
            wanted = (digests or {}).get(str(text))
            if path in self._digests:
                if wanted not in (None, self._digests[path]):
                    raise ValueError(f"import: {text} has changed since this process imported it; start a new one")
                continue
            if path.suffix not in SOURCE_SUFFIXES or not path.is_file():
                raise ValueError(f"import: wanted a Python file, found {text}")
            digest = digest_of(path)
            if wanted not in (None, digest):
                raise ValueError(f"import: {text} has changed since this session began; stop it, and start it again")
            _import(path, str(text))
            self._digests[path] = digest

    def problem(self, run: Run) -> Problem:
        """The problem of a run; the same one for all of its runs."""
        return self._made(run.problem, run.noise, run.fidelity, run.instance)

    def keeping(self, problem: Problem, folder: Path) -> Problem:
        """The problem with its paused trainings in a folder; the same one for the same problem."""
        key = id(problem), str(folder)
        if key not in self._changed:
            self._changed[key] = problem, problem.keeping(folder)
        return self._changed[key][1]

    def spreading(self, problem: Problem, evaluations: Spread, plugins: Mapping[str, str]) -> Problem:
        """The problem with its evaluations spread; the same one for the same problem, as it remembers."""
        name = repr(evaluations)
        if name not in self._executors:
            self._executors[name] = make_executor(evaluations.executor, evaluations.settings)
            atexit.register(self._executors[name].close)
        key = id(problem), name
        if key not in self._changed:
            prepare = functools.partial(load_plugins, tuple(plugins), digests=plugins)
            self._changed[key] = problem, in_parallel(problem, self._executors[name], prepare=prepare)
        return self._changed[key][1]

    def forget(self) -> None:
        """Forget plug-ins and problems, as if the process were a new one; executors go on."""
        self._digests.clear()
        self._made.cache_clear()


def load_plugins(paths: Iterable[str | Path], *, digests: Mapping[str, str] | None = None) -> None:
    """Import Python files once in this process; see ``WorkerProcess.load_plugins``."""
    PROCESS.load_plugins(paths, digests=digests)


def digest_of(path: str | Path) -> str:
    """Hash of a plug-in's content.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise ValueError(f"import: wanted a Python file, found {path}: {error.strerror}") from error


def _module_name(path: Path) -> str:
    """A name that can be imported, the same in all processes, and another one for another file."""
    digest = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"iohnas_plugin_{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}_{digest}"


def _import(path: Path, text: str) -> None:
    """Import a file under a name of its own.

    Raises:
        ValueError: It raises; the message has the file as it was given, and the line.
    """
    name = _module_name(path)
    spec = importlib.util.spec_from_file_location(name, path, loader=CheckedLoader(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        place = f"{text}, line {lines[-1]}" if lines else text
        raise ValueError(f"import: {place}: {describe(error)}") from error


def _made(name: str, noise: str, fidelity: float | None, instance: int) -> Problem:
    return nas_problems.make(name, noise=noise, fidelity=fidelity, instance=instance)


PROCESS = WorkerProcess()
"""That of this process."""
