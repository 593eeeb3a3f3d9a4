"""The folder of a study: its plan, one finished run per folder, failures, and the merged logs.

    study.toml                                  the study
    versions.toml                               with which versions it ran
    runs/<problem>/<algorithm>/i<instance>-s<repetition>/     one finished run: IOH log and run.toml
    failed/<problem>/<algorithm>/i<instance>-s<repetition>.toml     why a run failed the last time
    ioh/<algorithm>/                            merged logs, for IOHanalyzer
    partial/                                    runs that are being made

A run is made in ``partial`` and moved to its place when it is complete, so that readers never see half
of one, and a study that was killed continues with what is missing.
"""

import os
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path

from experiments.study import Study
from experiments.toml import TomlValue, to_toml
from nas_problems.parameter import check_name

if sys.platform != "win32":
    import fcntl

RECORD_NAME = "run.toml"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is known of a finished run beside its log.

    Args:
        key: Identity of the run; see ``Run.key``.
        problem: Label of the problem.
        suite: Suite or family of the problem.
        algorithm: Name of the solver in logs, with its options and initializer.
        noise: Noise mode.
        fidelity: Fidelity as text, e.g. ``epochs 200``.
        instance: Instance of the problem.
        repetition: Number of the run among those that differ in the seed alone.
        seed: Seed of the run.
        budget: Evaluations allowed.
        n_evaluations: Evaluations made.
        objective: What was minimised, with its unit.
        target: The value from which regret is measured.
        target_is_optimum: Whether ``target`` is the known optimum; else a lower bound.
        final_regret: Regret at the end.
        n_failed: Failed evaluations.
        cost_seconds: Recorded or measured cost of all evaluations.
        wall_seconds: Time that the run took here.
    """

    key: str
    problem: str
    suite: str
    algorithm: str
    noise: str
    fidelity: str
    instance: int
    repetition: int
    seed: int
    budget: int
    n_evaluations: int
    objective: str
    target: float
    target_is_optimum: bool
    final_regret: float
    n_failed: int
    cost_seconds: float
    wall_seconds: float

    def write(self, folder: Path) -> None:
        """Write ``run.toml`` into a folder."""
        (folder / RECORD_NAME).write_text(to_toml(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "RunRecord":
        """Read ``run.toml`` of a folder.

        Raises:
            ValueError: It is absent, damaged, or has other fields; the message names the file.
        """
        path = folder / RECORD_NAME
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ValueError(f"{path}: cannot be read: {error}") from error
        types = {field.name: field.type for field in fields(cls)}
        found = {name: type(value).__name__ for name, value in values.items()}
        wanted = {name: kind.__name__ for name, kind in types.items() if isinstance(kind, type)}
        if found != wanted:
            wrong = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
            raise ValueError(f"{path}: wrong or missing fields: {', '.join(wrong)}")
        return cls(**values)


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """Why a run failed the last time.

    Args:
        key: Identity of the run.
        reason: One line.
        attempts: How often it failed.
        details: Traceback, where there is one.
    """

    key: str
    reason: str
    attempts: int = 1
    details: str = ""


class StudyFolder:
    """A folder with a study; ``open`` and ``prepare`` check that it is one.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @cached_property
    def study(self) -> Study:
        """The study.

        Raises:
            OSError: There is no ``study.toml``, or it cannot be read.
            ValueError: It is damaged.
        """
        return Study.read(self.path / "study.toml")

    @classmethod
    def open(cls, path: Path | str) -> "StudyFolder":
        """The folder of an existing study.

        Raises:
            ValueError: Not a study's folder, or its study is damaged.
        """
        folder = cls(path)
        if not folder.exists:
            raise ValueError(f"{path}: wanted the folder of a study, found no study.toml")
        _ = folder.study
        return folder

    @classmethod
    def prepare(cls, path: Path | str, study: Study) -> "StudyFolder":
        """Start a study in a new or empty folder, or continue or extend the one that is there.

        Raises:
            ValueError: The folder has a study that ``study`` does not extend (the message says what
                differs), or holds something else.
            OSError: The folder cannot be written.
        """
        folder = cls(path)
        if folder.exists:
            if differences := folder.study.differences(study):
                raise ValueError(f"{path}: holds another study: {'; '.join(differences)}; take another folder")
        elif folder.path.exists() and (not folder.path.is_dir() or any(folder.path.iterdir())):
            raise ValueError(f"{path}: wanted a new folder or the folder of a study, found other files")
        folder.path.mkdir(parents=True, exist_ok=True)
        _write_atomically(folder.path / "study.toml", study.to_toml())
        return cls(path)

    @property
    def exists(self) -> bool:
        """Whether there is a study in it."""
        return (self.path / "study.toml").is_file()

    # ---- places

    @property
    def runs_path(self) -> Path:
        """Where finished runs lie."""
        return self.path / "runs"

    @property
    def merged_path(self) -> Path:
        """Where the merged logs lie, one folder per algorithm."""
        return self.path / "ioh"

    def run_path(self, key: str) -> Path:
        """Where a finished run lies.

        Raises:
            ValueError: A key that would leave the folder.
        """
        return self.runs_path.joinpath(*_parts(key))

    @contextmanager
    def making(self, key: str) -> Iterator[Path]:
        """A temporary folder that becomes the run's folder when the block ends without an exception.

        A run that is there already is kept, and the new one dropped.
        """
        place = self.run_path(key)
        partial = (self.path / "partial" / str(os.getpid())).joinpath(*_parts(key))
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            yield partial
            if not (place / RECORD_NAME).exists():
                shutil.rmtree(place, ignore_errors=True)  # what was damaged from outside
                place.parent.mkdir(parents=True, exist_ok=True)
                try:
                    partial.rename(place)
                except OSError:  # unless another process has just finished the same run
                    if not (place / RECORD_NAME).exists():
                        raise
            self._failure_path(key).unlink(missing_ok=True)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from working in this folder; what killed ones left behind is removed.

        Raises:
            BlockingIOError: Another process works in it.
        """
        with (self.path / ".lock").open("a") as lock:
            if sys.platform != "win32":
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    raise BlockingIOError(f"{self.path}: another process is working in this folder") from error
            shutil.rmtree(self.path / "partial", ignore_errors=True)
            try:
                yield
            finally:
                shutil.rmtree(self.path / "partial", ignore_errors=True)

    # ---- what is there

    def finished(self) -> frozenset[str]:
        """Keys of all finished runs."""
        root = self.runs_path
        return frozenset(path.parent.relative_to(root).as_posix() for path in root.glob(f"*/*/*/{RECORD_NAME}"))

    def failures(self) -> Mapping[str, FailureRecord]:
        """The last failure of every run that failed and has not finished since."""
        found = {}
        for path in sorted((self.path / "failed").glob("*/*/*.toml")):
            with suppress(OSError, ValueError, TypeError):  # a damaged note is no reason to stop
                record = FailureRecord(**tomllib.loads(path.read_text(encoding="utf-8")))
                found[record.key] = record
        return found

    def note_failure(self, key: str, reason: str, details: str = "") -> None:
        """Record why a run failed."""
        path = self._failure_path(key)
        attempts = 1
        with suppress(OSError, ValueError, KeyError, TypeError):
            attempts += int(tomllib.loads(path.read_text(encoding="utf-8"))["attempts"])
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(path, to_toml(asdict(FailureRecord(key, reason, attempts, details))))

    def _failure_path(self, key: str) -> Path:
        *parents, name = _parts(key)
        return (self.path / "failed").joinpath(*parents, f"{name}.toml")

    def note_versions(self, versions: Mapping[str, TomlValue]) -> None:
        """Append the versions of a session, unless they are those of the last one."""
        path = self.path / "versions.toml"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        entry = f"[[session]]\n{to_toml(versions)}"
        if not text.endswith(entry):
            _write_atomically(path, text + entry)


def _parts(key: str) -> tuple[str, str, str]:
    parts = tuple(key.split("/"))
    if len(parts) != 3:
        raise ValueError(f"key: wanted <problem>/<algorithm>/<run>, found {key!r}")
    for part in parts:
        check_name(part, "key")
    return parts


def _write_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
