"""What a card says about where a table was made."""

import pytest

from nas_problems.table.card import surroundings


def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="devices are torch's: pip install torch==2.13.0")
    monkeypatch.setattr("torch.cuda.get_device_name", lambda name: f"a fast one at {name}")
    assert surroundings("cuda:1")["device"] == "cuda:1 (a fast one at cuda:1)"


def test_the_cpu_needs_no_name() -> None:
    found = surroundings()
    assert found["device"] == "cpu" and found["processor"] and found["numpy"][0].isdigit()
