import importlib.util
from pathlib import Path

import pytest

from experiments.cli import main
from nas_problems.table.unit_call import check_torch


def test_without_torch_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "nas_problems.table.unit_call.find_spec", lambda name: None if name == "torch" else find_spec(name)
    )
    with pytest.raises(ImportError, match=r"needs torch: pip install torch==2\.13\.0"):
        check_torch()
    with pytest.raises(SystemExit) as ended:
        main(["table", "build", "--space", "nb201", "--set", "digits", "--out", str(tmp_path / "table.npz")])
    assert ended.value.code == 2
    assert "building or verifying a table needs torch" in capsys.readouterr().err
