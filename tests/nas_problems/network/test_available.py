"""Messages where torch, or a device, is missing."""

import importlib.util
from pathlib import Path

import pytest

from experiments.cli import main
from nas_problems.network.available import check_device, check_torch


@pytest.fixture
def _without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "nas_problems.network.available.find_spec", lambda name: None if name == "torch" else find_spec(name)
    )


@pytest.mark.usefixtures("_without_torch")
def test_without_torch_one_line_says_what_to_install(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(ImportError, match=r"this needs it: pip install torch==2\.13\.0"):
        check_torch("this")
    with pytest.raises(SystemExit) as ended:
        main(["table", "build", "--space", "nb201", "--set", "digits", "--out", str(tmp_path / "table.npz")])
    assert ended.value.code == 2
    assert "torch is not installed, and building a table needs it" in capsys.readouterr().err


def test_devices() -> None:
    torch = pytest.importorskip("torch", reason="devices are torch's: pip install torch==2.13.0")
    assert check_device("cpu").type == "cpu"
    with pytest.raises(ValueError, match="device: wanted cpu, cuda or cuda:1, found 'gpu'"):
        check_device("gpu")
    n = torch.cuda.device_count()
    with pytest.raises(ValueError, match=f"device: wanted .* cpu and {n} of cuda, found 'cuda:99'"):
        check_device("cuda:99")
