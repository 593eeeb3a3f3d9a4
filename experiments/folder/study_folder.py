"""The folder of a study: its plan, one finished run per folder, failures, and the merged logs.

    study.toml                                  the study
    versions.toml                               with which versions it ran
    runs/<problem>/<algorithm>/i<instance>-s<repetition>/     one finished run: IOH log, run.toml, and of a
                                                live problem failures.txt, if evaluations failed; where the clock
                                                ended it, journal.jsonl, with which it goes on
    failed/<problem>/<algorithm>/i<instance>-s<repetition>.toml     why a run failed the last time
    damaged/runs/..., damaged/ioh               what was moved aside, with the reason
    ioh/<algorithm>/                            merged logs, for IOHanalyzer
    journal/<problem>/<algorithm>/i<instance>-s<repetition>.jsonl    finished evaluations of a run that has not ended
    trainings/                                  paused trainings, which all runs and workers share
    warm-start.csv, warm-start.toml             evaluations that were made before, told to every solver
    best.csv, best.json                         the best configuration of each problem and solver
    partial/<host>-<process>/                   runs that are being made
    .lock                                       who is working in the folder

A run is made in ``partial`` and moved to its place when it is complete: readers never see half of one, and a
study that was killed continues with what is missing. No link is followed below the folder.
"""

import dataclasses
import errno
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from experiments.folder import in_progress, warm_start
from experiments.folder.disk import probe, raise_again, sync, write_atomically, writing
from experiments.folder.record import FailureRecord, RunRecord, files_of, key_parts
from experiments.folder.tree import JOURNAL, entries, has_record, is_cut, remove_empty
from experiments.study import Study
from experiments.text.toml import TomlValue, to_toml
from nas_problems.atomic import replacing
from optimizers import lock
from optimizers.failure import NAME as FAILURES
from optimizers.journal_file import LARGEST as LARGEST_JOURNAL
from optimizers.lock import Holder
from optimizers.regular_file import read_regular

SYNCED_SECONDS = 1.0  # a run that took longer is on disk, not in a cache, before it counts as finished
_LEFT_BEHIND = re.compile(r"\.(?:study\.toml|versions\.toml|ioh\.partial|ioh\.old|probe)\.(\d{1,9})")
_LARGEST = 2**24  # bytes of a study's plan or versions


class StudyGoneError(FileNotFoundError):
    """The folder of a study was removed, moved or replaced while a process worked in it."""


class StudyFolder:
    """A folder with a study; ``open`` and ``prepare`` check that it is one.

    Args:
        path: The folder.
        inode: Its number in the file system when the work on it began; see ``check_there``.
    """

    def __init__(self, path: Path | str, *, inode: int | None = None) -> None:
        self.path, self.inode = Path(path), inode
        self._plan_seen: tuple[int, int, int] | None = None  # of the file when it was last compared

    @cached_property
    def study(self) -> Study:
        """The study.

        Raises:
            ValueError: There is no ``study.toml``, it cannot be read, or it is damaged; the message names it.
        """
        path = self.path / "study.toml"
        try:
            return Study.from_toml(read_regular(path, limit=_LARGEST).decode("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ValueError(f"{path}: {reason}") from error

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
            OSError: The study's ``warm_start`` cannot be read.
            ValueError: The folder has a study that ``study`` does not extend (the message says what
                differs), or holds something else. A larger budget extends a study of which no run has finished.
            BlockingIOError: The study would be extended while another process works on it.
            UnwritableError: The folder cannot be written.
        """
        folder = cls(path)
        folder.check_takes(study)
        study = folder._with_own_start(study)
        if folder.exists and folder.study == study:
            return folder
        lock.check_free(folder.path)
        with writing(folder.path):
            folder.path.mkdir(parents=True, exist_ok=True)
            write_atomically(folder.path / "study.toml", study.to_toml())
        if study.warm_start and folder.warm_start is None:
            folder.keep_warm_start(Path(study.warm_start), study.target or None)
        return cls(path)

    def check_takes(self, study: Study) -> None:
        """See whether ``prepare`` would start, continue or extend the study here; writes nothing.

        Raises:
            ValueError: See ``prepare``.
        """
        if self.exists:
            begun = self.study
            if begun.budget < study.budget and not self.finished():
                begun = dataclasses.replace(begun, budget=study.budget)  # what has begun can go on for longer
            if differences := begun.differences(self._with_own_start(study)):
                raise ValueError(
                    f"{self.path}: holds another study: {'; '.join(differences)}; take another folder, or give all "
                    "that the study has, and more problems, solvers, instances or runs"
                )
        elif self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise ValueError(f"{self.path}: wanted a new folder or the folder of a study, found other files")

    def _with_own_start(self, study: Study) -> Study:
        """The study, with this folder's ``warm_start`` where its own is another path to the same evaluations."""
        kept = self.warm_start if self.exists else None
        if kept is None or not (self.study.warm_start and study.warm_start):
            return study
        is_same = warm_start.is_copy(kept[0], Path(study.warm_start))
        return dataclasses.replace(study, warm_start=self.study.warm_start) if is_same else study

    @property
    def exists(self) -> bool:
        """Whether there is a study in it."""
        return (self.path / "study.toml").is_file()

    def check_there(self) -> None:
        """See that the study is where it was when the work began, and is the one that was begun, or more of it.

        Raises:
            StudyGoneError: It was removed or moved, or another one is in its place.
        """
        if not self.exists or self.inode not in (None, self.path.stat().st_ino):
            reason = "the study is gone: its folder was removed, moved or replaced while it was being worked on"
            raise StudyGoneError(errno.ENOENT, reason, str(self.path))
        if "study" in vars(self):  # what this process works on
            self._check_plan(self.study)

    def _check_plan(self, begun: Study) -> None:
        """See that the plan has not become another one, under which the runs to come would not belong.

        Raises:
            StudyGoneError: It has, or cannot be read any longer.
        """
        status = (self.path / "study.toml").lstat()
        found = (status.st_ino, status.st_mtime_ns, status.st_size)
        if found == self._plan_seen:
            return
        try:
            differences = begun.differences(StudyFolder(self.path).study)
        except ValueError as error:
            differences = [str(error)]
        if differences:
            reason = f"the study is gone: its plan was changed while it was being worked on ({'; '.join(differences)})"
            raise StudyGoneError(errno.ENOENT, reason, str(self.path))
        self._plan_seen = found

    def keep_warm_start(self, path: Path, target: str | None) -> None:
        """Keep a copy of the evaluations that the study starts from; see ``experiments.folder.warm_start.keep``."""
        warm_start.keep(self.path, path, target, may_start=lambda: not self.finished())

    @property
    def warm_start(self) -> tuple[Path, str | None] | None:
        """The evaluations that the study starts from, and their column of values; None: there are none.

        Raises:
            ValueError: The file that names the column is damaged.
        """
        return warm_start.kept_in(self.path)

    # ---- places

    @property
    def runs_path(self) -> Path:
        """Where finished runs lie."""
        return self.path / "runs"

    @property
    def merged_path(self) -> Path:
        """Where the merged logs lie, one folder per algorithm."""
        return self.path / "ioh"

    @property
    def has_merged(self) -> bool:
        """Whether there is something where merged logs lie, be it damaged or a link."""
        return os.path.lexists(self.merged_path)

    def run_path(self, key: str) -> Path:
        """Where a finished run lies.

        Raises:
            ValueError: A key that would leave the folder.
        """
        return self.runs_path.joinpath(*key_parts(key))

    def traced_path(self, key: str) -> Path:
        """Where a finished run of a live problem keeps why evaluations failed; absent where none did.

        Raises:
            ValueError: A key that would leave the folder.
        """
        return self.run_path(key) / FAILURES

    def _inside(self, *parts: str) -> Path:
        """A place below the folder.

        Raises:
            ValueError: A link on the way, which could lead out of the folder.
        """
        path = self.path
        for part in parts:
            path /= part
            if path.is_symlink():
                raise ValueError(f"{path}: wanted a folder, found a link to {path.readlink()}")
        return path

    # ---- what changes it

    @contextmanager
    def making(self, key: str) -> Iterator[Path]:
        """A temporary place; the folder made there becomes the run's when the block ends without an exception.

        The folder is not there yet. A run that is there already is kept, and the new one dropped, unless the clock
        ended the old one: then the longer one is kept.

        Raises:
            StudyGoneError: The study is gone; nothing is made where it was.
            UnwritableError: The disk is full, or the folder cannot be written.
        """
        self.check_there()
        parts = key_parts(key)
        place = self._inside("runs", *parts)
        partial = self._inside("partial", in_progress.worker_name(), *parts)
        mark = in_progress.mark_of(partial)
        started = time.perf_counter()
        try:
            with writing(self.path):
                shutil.rmtree(partial, ignore_errors=True)
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
                self._take_up(key, place)
                yield partial
                self.check_there()
                if time.perf_counter() - started > SYNCED_SECONDS:
                    sync(partial)
                self._settle(partial, place)
            self._forget(self._failure_path(key))
            self._forget(self.journal_path(key))
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            shutil.rmtree(partial.with_name(f"{partial.name}.cut"), ignore_errors=True)
            mark.unlink(missing_ok=True)
            if not self.exists:
                self._forget(self.journal_path(key))
                remove_empty(mark.parent, self.path.parent)

    def keep_journal(self, key: str, partial: Path) -> None:
        """Keep the journal of a run that the clock ended with its log, so that it can go on.

        Args:
            key: Of the run.
            partial: Where it is made, see ``making``.
        """
        path = self.journal_path(key)
        (partial / JOURNAL).write_bytes(read_regular(path, limit=LARGEST_JOURNAL) if path.exists() else b"")

    def _take_up(self, key: str, place: Path) -> None:
        """Have the journal of a run that the clock ended where the run goes on, unless it has gone on before."""
        path = self.journal_path(key)
        if not is_cut(place) or path.exists():
            return
        try:
            content = read_regular(place / JOURNAL, limit=LARGEST_JOURNAL)
        except OSError:  # a link, say: then everything is evaluated again
            return
        if content:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as copy:
                copy.write_bytes(content)

    def _settle(self, partial: Path, place: Path) -> None:
        if has_record(place) and not (is_cut(place) and _is_longer(partial, place)):
            return
        shorter = partial.with_name(f"{partial.name}.cut")
        if has_record(place):  # where the machine stops now, the run is made again from its journal
            place.rename(shorter)
        shutil.rmtree(place, ignore_errors=True)  # what was damaged from outside
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.rename(place)
        except OSError:  # unless another process has just finished the same run
            if not has_record(place):
                with suppress(OSError):
                    shorter.rename(place)
                raise

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from working in this folder; what killed ones left behind is removed.

        Where the machine stopped under the last session, finished runs whose bytes did not all reach the
        disk are moved aside.

        Raises:
            BlockingIOError: Another process works in it; the message says which.
            UnwritableError: The folder cannot be written.
        """
        partial = self._inside("partial")
        with writing(self.path), lock.locked(self.path) as killed:
            self.inode = self.path.stat().st_ino
            shutil.rmtree(partial, ignore_errors=True)
            self._tidy()
            if killed is not None and killed.lost_its_machine:
                self._verify(killed)
            try:
                yield
            finally:
                shutil.rmtree(partial, ignore_errors=True)

    def _tidy(self) -> None:
        """Remove what processes that were killed while they wrote a file or merged left at the top."""
        for path in self.path.glob(".*"):
            match = _LEFT_BEHIND.fullmatch(path.name)
            if match is not None and not lock.is_alive(int(match[1])):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)

    def _verify(self, killed: Holder) -> None:
        for key in sorted(self.finished()):
            path = self.run_path(key)
            try:
                is_intact = RunRecord.is_intact(files_of(path))
            except OSError:
                is_intact = False
            if not is_intact:
                self.set_aside(path, [f"not whole after {killed} lost its machine"])

    def set_aside(self, path: Path, reasons: Iterable[str]) -> Path:
        """Move something to ``damaged``; a run is left to do then.

        Args:
            path: A run's folder, or anything else below the study's; a link is moved, not what it leads to.
            reasons: Why; written next to it.

        Returns:
            Where it lies now.

        Raises:
            UnwritableError: The folder cannot be written.
        """
        parts = path.relative_to(self.path).parts
        target = wanted = self._inside("damaged", *parts)
        count = 1
        while os.path.lexists(target):
            count += 1
            target = wanted.with_name(f"{wanted.name}.{count}")
        with writing(self.path):
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
            remove_empty(path.parent, self.path)
            lines = "".join(f"{reason}\n" for reason in reasons)
            write_atomically(target.with_name(f"{target.name}.reason.txt"), lines)
        return target

    def note_failure(self, key: str, reason: str, details: str = "", *, unwritable: int = 0) -> None:
        """Record why a run failed.

        Args:
            key: Of the run.
            reason: One line.
            details: Traceback, where there is one.
            unwritable: Number of the system's error where the run met a folder that takes nothing more; else 0.

        Raises:
            StudyGoneError: The study is gone.
            UnwritableError: The disk is full or the folder cannot be written, which may be why it failed;
                nothing is recorded then.
        """
        self.check_there()
        path = self._failure_path(key)
        with writing(self.path):
            in_progress.clear(self.path / "partial", key)
            if unwritable:
                raise_again(unwritable, reason, self.path)
            probe(self.path)
            attempts = 1
            with suppress(ValueError):
                attempts += FailureRecord.read(path).attempts
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, FailureRecord(key, reason, attempts, details).to_toml())

    def journal_path(self, key: str) -> Path:
        """Where the finished evaluations of a run are kept until it has ended.

        Raises:
            ValueError: A key that would leave the folder, or a link on the way.
        """
        *parents, name = key_parts(key)
        return self._inside("journal", *parents, f"{name}.jsonl")

    @property
    def trainings_path(self) -> Path:
        """Where paused trainings are kept while the study is not complete."""
        return self._inside("trainings")

    def forget_trainings(self) -> None:
        """Remove the paused trainings, of which a complete study has no need."""
        shutil.rmtree(self.trainings_path, ignore_errors=True)

    def journals(self) -> Iterator[tuple[str, Path]]:
        """Keys of runs that have not ended and have a journal, with its file."""
        for path in sorted((self.path / "journal").glob("*/*/*.jsonl")):
            with suppress(ValueError):
                yield "/".join(key_parts("/".join((*path.parts[-3:-1], path.stem)))), path

    def _forget(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        remove_empty(path.parent, self.path)

    def _failure_path(self, key: str) -> Path:
        *parents, name = key_parts(key)
        return self._inside("failed", *parents, f"{name}.toml")

    def note_versions(self, versions: Mapping[str, TomlValue]) -> None:
        """Append the versions of a session, unless they are those of the last one.

        Raises:
            UnwritableError: The folder cannot be written, or the file is not one that can be read.
        """
        path = self.path / "versions.toml"
        entry = f"[[session]]\n{to_toml(versions)}"
        with writing(self.path):
            text = read_regular(path, limit=_LARGEST).decode("utf-8", "replace") if os.path.lexists(path) else ""
            if not text.endswith(entry):
                write_atomically(path, text + entry)

    # ---- what is there

    def finished(self) -> frozenset[str]:
        """Keys of all finished runs."""
        return frozenset(key for path, key in self.entries() if key is not None and has_record(path))

    def cut(self) -> frozenset[str]:
        """Keys of the finished runs that the clock ended before their budget, and that can go on."""
        return frozenset(key for path, key in self.entries() if key is not None and has_record(path) and is_cut(path))

    def complete(self) -> frozenset[str]:
        """Keys of all other finished runs."""
        return frozenset(
            key for path, key in self.entries() if key is not None and has_record(path) and not is_cut(path)
        )

    def entries(self) -> Iterator[tuple[Path, str | None]]:
        """Everything in ``runs``: the folders of runs with their keys, and None for what is none."""
        yield from entries(self.runs_path)

    def being_made(self) -> Mapping[str, Holder]:
        """Keys of runs that are being made now, each with the process that makes it, since it does."""
        return in_progress.being_made(self.path / "partial")

    def holder(self) -> Holder | None:
        """Who works in the folder now."""
        return lock.holder(self.path)

    @property
    def n_damaged(self) -> int:
        """How many runs were moved aside."""
        return sum(1 for _ in self.path.glob("damaged/runs/*/*/*.reason.txt"))

    def failures(self) -> Mapping[str, FailureRecord]:
        """The last failure of every run that failed and has not finished since."""
        failures = {}
        for path in sorted((self.path / "failed").glob("*/*/*.toml")):
            with suppress(ValueError):  # a damaged note is not a reason to stop
                record = FailureRecord.read(path)
                failures[record.key] = record
        return failures


def _is_longer(new: Path, old: Path) -> bool:
    """Whether a run has come further than the one that the clock ended: to its end, or to more evaluations."""
    if not is_cut(new):
        return True
    try:
        return RunRecord.read(new).n_evaluations >= RunRecord.read(old).n_evaluations
    except ValueError:  # the old one is damaged
        return True
