"""What iohinspector reads is the same without its plots and indicators, which are not imported."""

import subprocess
import sys
from pathlib import Path

import iohinspector
import pytest

import optimizers
from optimizers.adapters.iohinspector_reader import data_manager


def test_it_is_iohinspectors_reader(tmp_path: Path) -> None:
    optimizers.run("random-search", "nb201-cifar10", budget=20, seed=1, folder=tmp_path / "run")
    found = []
    for manager in (data_manager(), iohinspector.DataManager()):
        manager.add_folder(str(tmp_path / "run"))
        names = [name for name in manager.overview.columns if name != "data_id"]  # a counter of the process
        found.append(
            (manager.overview.select(sorted(names)).rows(), manager.load(monotonic=False).drop("data_id").rows())
        )
    assert found[0] == found[1] and len(found[0][1]) == 20
    assert type(data_manager()).__module__ != type(iohinspector.DataManager()).__module__


def test_nothing_else_is_imported() -> None:
    code = (
        "import sys; from optimizers.adapters.iohinspector_reader import data_manager; data_manager();"
        "print(*sorted({'iohinspector', 'matplotlib', 'seaborn', 'sklearn', 'pymoo', 'skelo'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_without_iohinspector_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install iohinspector"):
        data_manager()
