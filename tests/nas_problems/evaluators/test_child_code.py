"""A child runs the code that is on disk when it is called, whatever it has imported before."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from nas_problems import Integer, SearchSpace, from_function
from nas_problems.evaluators.child import Child, child
from nas_problems.evaluators.imported import CheckedLoader
from tests.nas_problems.evaluators import trainable

SPACE = SearchSpace((Integer("x", 1, 3),))


@pytest.fixture(scope="module")
def following() -> Iterator[Child]:
    made = Child(follows_code=True)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which modules are imported, which are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def write(path: Path, value: int) -> None:
    """A module whose function gives a number; modules of one-digit numbers have the same size."""
    path.write_text(f"def give(config=None):\n    return {value}\n")


def imported(name: str) -> ModuleType:
    importlib.invalidate_caches()
    return importlib.import_module(name)


def test_a_module_that_was_changed_and_reloaded(following: Child, folder: Path) -> None:
    write(folder / "mine_a.py", 1)
    module = imported("mine_a")
    assert following.call(module.give) == 1
    write(folder / "mine_a.py", 2)  # of the same size, within the same second
    importlib.reload(module)
    assert following.call(module.give) == 2


def test_a_module_that_was_changed_and_not_reloaded(following: Child, folder: Path) -> None:
    write(folder / "mine_b.py", 1)
    module = imported("mine_b")
    assert [following.call(module.give), module.give()] == [1, 1]
    write(folder / "mine_b.py", 2)
    assert following.call(module.give) == 2


def test_a_module_that_another_one_imports(following: Child, folder: Path) -> None:
    write(folder / "below.py", 1)
    (folder / "above.py").write_text("import below\n\n\ndef give():\n    return below.give() + 10\n")
    module = imported("above")
    assert following.call(module.give) == 11
    write(folder / "below.py", 2)
    assert following.call(module.give) == 12


def test_a_module_in_a_package(following: Child, folder: Path) -> None:
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").touch()
    write(folder / "pack" / "inner.py", 1)
    module = imported("pack.inner")
    assert following.call(module.give) == 1
    write(folder / "pack" / "inner.py", 3)
    assert following.call(module.give) == 3


def test_a_module_that_was_changed_before_the_first_call(following: Child, folder: Path) -> None:
    """Python would take the compiled code of the first version for that of the second."""
    write(folder / "mine_c.py", 1)
    module = imported("mine_c")
    assert module.give() == 1
    write(folder / "mine_c.py", 2)
    assert following.call(module.give) == 2


def test_a_module_of_the_same_name_in_a_folder_that_comes_first(
    following: Child, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "mine_d.py", 1)
    assert following.call(imported("mine_d").give) == 1
    (folder / "first").mkdir()
    write(folder / "first" / "mine_d.py", 2)
    monkeypatch.syspath_prepend(str(folder / "first"))
    del sys.modules["mine_d"]
    assert following.call(imported("mine_d").give) == 2


def test_a_path_that_was_added_after_the_first_call(
    following: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert following.call(trainable.add, 1) == 2
    write(tmp_path / "mine_e.py", 5)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert following.call(imported("mine_e").give) == 5
    del sys.modules["mine_e"]


def test_a_plugin_that_was_loaded_after_the_first_call(following: Child, tmp_path: Path) -> None:
    assert following.call(trainable.add, 1) == 2
    write(tmp_path / "my.v2.py", 7)
    name, file = "a_plugin_of_tests", str(tmp_path / "my.v2.py")
    spec = spec_from_file_location(name, file, loader=CheckedLoader(name, file))
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        assert following.call(module.give) == 7
        write(tmp_path / "my.v2.py", 8)
        assert following.call(module.give) == 8
    finally:
        del sys.modules[name]


def test_the_working_directory(following: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert following.call(os.getcwd) == str(Path.cwd())
    monkeypatch.chdir(tmp_path)
    assert following.call(os.getcwd) == str(tmp_path)


def test_nothing_is_started_again_where_nothing_has_changed(following: Child) -> None:
    assert following.call(trainable.process_id) == following.call(trainable.process_id)


def test_a_child_that_does_not_follow_keeps_its_code_until_it_is_asked_to_refresh(folder: Path) -> None:
    write(folder / "mine_f.py", 1)
    module = imported("mine_f")
    steady = Child()
    assert steady.call(module.give) == 1
    write(folder / "mine_f.py", 2)
    assert steady.call(module.give) == 1
    steady.refresh()
    assert steady.call(module.give) == 2
    steady.close()


def test_a_problem_with_a_time_limit_has_the_new_code(folder: Path) -> None:
    write(folder / "objective.py", 1)
    module = imported("objective")
    give: Callable[..., float] = module.give
    problem = from_function(give, SPACE, name="mine", limit_seconds=60)
    assert problem([[0]]) == [1.0]
    write(folder / "objective.py", 4)
    importlib.reload(module)
    assert from_function(module.give, SPACE, name="mine", limit_seconds=60)([[0]]) == [4.0]
    assert child() is child()


def touched_back(path: Path, value: int) -> None:
    """The module with another content of the same size, and with the time that it had, as ``rsync -t`` leaves it."""
    before = path.stat()
    write(path, value)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_module_that_was_changed_with_the_time_it_had(following: Child, folder: Path) -> None:
    write(folder / "mine_m.py", 1)
    module = imported("mine_m")
    assert following.call(module.give) == 1
    touched_back(folder / "mine_m.py", 2)
    assert following.call(module.give) == 2


def test_a_module_that_another_file_took_the_place_of(following: Child, folder: Path) -> None:
    """By a rename, as editors save, with the time and the size that it had."""
    write(folder / "mine_n.py", 1)
    module = imported("mine_n")
    assert following.call(module.give) == 1
    before = (folder / "mine_n.py").stat()
    write(folder / "new", 2)
    os.utime(folder / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (folder / "new").replace(folder / "mine_n.py")
    assert following.call(module.give) == 2


def test_a_module_behind_a_link_that_leads_elsewhere(following: Child, folder: Path) -> None:
    write(folder / "one.txt", 1)
    write(folder / "two.txt", 2)
    (folder / "mine_o.py").symlink_to(folder / "one.txt")
    module = imported("mine_o")
    assert following.call(module.give) == 1
    (folder / "mine_o.py").unlink()
    (folder / "mine_o.py").symlink_to(folder / "two.txt")
    assert following.call(module.give) == 2


def test_a_module_that_has_an_error_now_says_so_and_is_right_again(following: Child, folder: Path) -> None:
    write(folder / "mine_p.py", 1)
    module = imported("mine_p")
    assert following.call(module.give) == 1
    (folder / "mine_p.py").write_text("def give(:\n")
    with pytest.raises(Exception, match=r"mine_p|invalid syntax"):
        following.call(module.give)
    write(folder / "mine_p.py", 3)
    assert following.call(module.give) == 3
