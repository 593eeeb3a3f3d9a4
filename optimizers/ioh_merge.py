"""Merges the logs of single runs into one IOHprofiler folder per algorithm, as IOHanalyzer takes them.

The result depends only on the runs, not on the order in which they were made or are given.
"""

import json
import os
import re
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from nas_problems.adapters.ioh_problem import UNKNOWN_SUITE
from nas_problems.parameter import check_name
from optimizers.ioh_file import run_spans
from optimizers.ioh_format import Fault, FormatError, read_runs
from optimizers.ioh_write import VALUE_FACTOR
from optimizers.logged_run import Best, LoggedRun
from optimizers.regular_file import open_regular

_HEAD = b'{\n "version"'  # of an index that is written here, and by no other program
_PART_BYTES = 2**20  # of a data file that is copied
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is made


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is kept of a run while others are read; its rows are copied from its file at the end."""

    group: tuple[str, int, str, int]  # algorithm, function id, function name, dimension
    instance: int
    seed: float
    path: Path
    position: int
    n_evaluations: int
    best: Best
    attributes: Mapping[str, float]
    version: str
    suite: str
    head: tuple[str, bool]  # algorithm's info, maximization
    names: tuple[str, ...]  # of run attributes and columns

    @property
    def order(self) -> tuple[int, float, str, int]:
        return (self.instance, self.seed, self.path.as_posix(), self.position)


def merge(
    folders: Iterable[Path | str], out: Path | str, *, suites: Mapping[str, str] | None = None, zipped: bool = False
) -> tuple[Path, ...]:
    """Merge logs into one folder per algorithm below ``out``.

    The folders appear complete: they are written next to ``out`` first, and replace what was in it. All logs of a
    function name one suite, without which IOHanalyzer refuses them: the first by name of those that its runs name.

    Args:
        folders: Folders with logs, such as one per run.
        out: New, or the result of an earlier merge, which is replaced.
        suites: Function name -> suite to be named in the logs; of others, the runs name it.
        zipped: Write ``<algorithm>.zip`` next to each folder, too.

    Returns:
        The folders, sorted by name.

    Raises:
        FormatError: A file is truncated, duplicated or invalid, or two folders hold the same run.
        ValueError: Runs that cannot be in one file, names unfit for files, or an ``out`` that holds
            something else or is a link.
        OSError: The result cannot be written; what was merged before is kept.
    """
    target = Path(out)
    check_target(target)
    groups = _grouped(folders)
    partial, old = (target.with_name(f".{target.name}.{state}.{os.getpid()}") for state in ("partial", "old"))
    try:
        if groups:
            _write_all(partial, groups, _suites(groups) | dict(suites or {}), zipped=zipped)
        if target.exists():
            target.rename(old)
        if groups:
            partial.rename(target)
    finally:
        for path in (partial, old):
            shutil.rmtree(path, ignore_errors=True)
    return tuple(sorted(path for path in target.iterdir() if path.is_dir())) if groups else ()


def _write_all(
    partial: Path, groups: Mapping[tuple[str, int, str, int], list[_Entry]], suites: Mapping[str, str], *, zipped: bool
) -> None:
    for algorithm in sorted({group[0] for group in groups}):
        folder = partial / algorithm
        folder.mkdir(parents=True)
        functions: dict[tuple[int, str], list[list[_Entry]]] = defaultdict(list)
        for group in sorted(groups):
            if group[0] == algorithm:
                functions[group[1:3]].append(groups[group])
        for scenarios in functions.values():
            _write_function(folder, scenarios, suites)
        if zipped:
            _write_zip(folder)


def check_target(target: Path) -> None:
    """Whether merged logs may be written to a folder.

    Raises:
        ValueError: It is a link, or holds something else than merged logs, such as those of single runs, of which there
            may be no copy; the message names it.
    """
    if not target.name or target.resolve() in (here := Path.cwd(), *here.parents):
        raise ValueError(
            f"out: wanted a folder of its own, which is replaced as a whole, found the working directory, or one "
            f"around it: {target}"
        )
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        what = f"a link to {target.readlink()}" if target.is_symlink() else "a file"
        raise ValueError(f"out: wanted a new folder or an earlier merge, found {what}: {target}")
    paths = sorted(target.iterdir()) if target.exists() else []
    merged = {path.name for path in paths if _is_merged(path)}
    for path in paths:
        if path.name not in merged and not (path.suffix == ".zip" and path.stem in merged and path.is_file()):
            raise ValueError(f"out: wanted a new folder or an earlier merge, found {path}")


def _is_merged(path: Path) -> bool:
    """Whether a folder has logs, all of them written here, or so damaged that they tell nothing."""
    indices = list(path.glob("IOHprofiler_*.json")) if path.is_dir() else []
    return bool(indices) and all(map(_is_merged_index, indices))


def _is_merged_index(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return _HEAD.startswith(file.read(len(_HEAD)))
    except OSError:
        return False


def _grouped(folders: Iterable[Path | str]) -> dict[tuple[str, int, str, int], list[_Entry]]:
    groups: dict[tuple[str, int, str, int], list[_Entry]] = defaultdict(list)
    seen: dict[tuple[object, ...], Path] = {}
    for folder in folders:
        for run in read_runs(folder):
            if run.identity in seen:
                reason = f"run {run.position + 1} is in {seen[run.identity]} already"
                raise FormatError((Fault(run.path, "duplicated", reason),))
            seen[run.identity] = run.path
            entry = _entry(run)
            groups[entry.group].append(entry)
    for entries in groups.values():
        entries.sort(key=attrgetter("order"))
        entries[:] = _with_factors(entries)
        for entry in entries[1:]:
            for name in ("head", "names"):
                wanted, found = getattr(entries[0], name), getattr(entry, name)
                if found != wanted:
                    raise ValueError(f"{entry.path}: wanted {name} {wanted} as in {entries[0].path}, found {found}")
    return groups


def _suites(groups: Mapping[tuple[str, int, str, int], list[_Entry]]) -> dict[str, str]:
    """Function name -> the one suite of its logs; what runs without a suite name counts only where all do."""
    named: dict[str, set[str]] = defaultdict(set)
    for (_, _, name, _), entries in groups.items():
        named[name] |= {entry.suite for entry in entries}
    return {name: min(suites - {UNKNOWN_SUITE} or suites) for name, suites in named.items()}


def _with_factors(entries: list[_Entry]) -> list[_Entry]:
    """Runs of one function, each with the factors of its values where any has one; most need none."""
    of_each = {tuple(name for name in entry.attributes if name.startswith(VALUE_FACTOR)) for entry in entries}
    if len(of_each) == 1:
        return entries
    factors = sorted({name for names in of_each for name in names})
    scaled = []
    for entry in entries:
        columns = entry.names[len(entry.attributes) :]
        attributes = {name: value for name, value in entry.attributes.items() if name not in factors}
        attributes |= {name: entry.attributes.get(name, 1.0) for name in factors}
        scaled.append(replace(entry, attributes=attributes, names=(*attributes, *columns)))
    return scaled


def _entry(run: LoggedRun) -> _Entry:
    check_name(run.algorithm, "algorithm name")
    check_name(run.function_name, "function name")
    return _Entry(
        group=(run.algorithm, run.function_id, run.function_name, run.dimension),
        instance=run.instance,
        seed=run.attributes.get("seed", 0.0),
        path=run.path,
        position=run.position,
        n_evaluations=run.n_evaluations,
        best=replace(run.best, y=run.best.y * run.value_factor),  # as in the files, which are copied
        attributes=run.attributes,
        version=run.version,
        suite=run.suite,
        head=(run.algorithm_info, run.maximization),
        names=(*run.attributes, *run.columns),
    )


def _write_function(folder: Path, scenarios: list[list[_Entry]], suites: Mapping[str, str]) -> None:
    """One json and one data file per dimension of a function."""
    first = scenarios[0][0]
    algorithm, function_id, name, _ = first.group
    info, maximization = first.head
    data_folder = f"data_f{function_id}_{name}"
    (folder / data_folder).mkdir()
    listed = []
    for entries in scenarios:
        data_path = f"{data_folder}/IOHprofiler_f{function_id}_DIM{entries[0].group[3]}.dat"
        with (folder / data_path).open("wb") as data:
            for entry in entries:
                with open_regular(entry.path) as file:
                    header, spans = run_spans(file)
                    start, end = spans[entry.position]
                    file.seek(start)
                    data.write(header.replace(b"\r\n", b"\n"))
                    while start < end and (part := file.read(min(end - start, _PART_BYTES))):
                        data.write(part.replace(b"\r", b""))
                        start += len(part)
        runs = ",\n    ".join(json.dumps(_run_object(entry)) for entry in entries)
        dimension = entries[0].group[3]
        listed.append(f'  {{"dimension": {dimension}, "path": {json.dumps(data_path)}, "runs": [\n    {runs}\n  ]}}')
    head = {
        "version": max((entry.version for entries in scenarios for entry in entries), key=_as_numbers),
        "suite": suites[name],
        "function_id": function_id,
        "function_name": name,
        "maximization": maximization,
        "algorithm": {"name": algorithm, "info": info},
        "run_attributes": list(first.attributes),
        "attributes": [name for name in first.names[len(first.attributes) :] if not _is_position(name)],
    }
    text = json.dumps(head, indent=1).removesuffix("\n}") + ',\n "scenarios": [\n' + ",\n".join(listed) + "\n ]\n}\n"
    (folder / f"IOHprofiler_f{function_id}_{name}.json").write_text(text, encoding="utf-8")


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def _is_position(name: str) -> bool:
    return name[0] == "x" and name[1:].isdigit()


def _run_object(entry: _Entry) -> dict[str, object]:
    best = {"evals": entry.best.evaluation, "y": entry.best.y, "x": [_plain(value) for value in entry.best.x]}
    attributes = {name: _plain(value) for name, value in entry.attributes.items()}
    return {"instance": entry.instance, "evals": entry.n_evaluations, "best": best, **attributes}


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _write_zip(folder: Path) -> None:
    with zipfile.ZipFile(folder.with_name(f"{folder.name}.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", _ZIP_TIME)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
