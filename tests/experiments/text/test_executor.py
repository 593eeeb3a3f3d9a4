"""Texts that describe executors."""

import pytest

from experiments.text.executor import parse_bytes, parse_pairs, parse_resources


@pytest.mark.parametrize(
    ("text", "size"), [("500MB", 500_000_000), ("2GiB", 2**31), ("1.5 gb", 1_500_000_000), ("4096", 4096), ("8B", 8)]
)
def test_memory(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1 pound", "1e9", "nan", "0", "0.1B"])
def test_wrong_memory(text: str) -> None:
    with pytest.raises(ValueError, match="memory: wanted an amount such as 500MB or 2GiB"):
        parse_bytes(text)


def test_pairs() -> None:
    text = "queue=gpu, cores=4,job_extra_directives=[--gres=gpu:1,--exclusive]"
    found = parse_pairs(text, "options")
    assert found == {"queue": "gpu", "cores": "4", "job_extra_directives": "[--gres=gpu:1,--exclusive]"}
    assert parse_pairs("", "options") == {}


@pytest.mark.parametrize("text", ["queue", "=gpu", "queue=", "queue=a,queue=b"])
def test_wrong_pairs(text: str) -> None:
    with pytest.raises(ValueError, match="options: wanted each key once, as key=value"):
        parse_pairs(text, "options")


@pytest.mark.parametrize("text", ["GPU=one", "GPU=0", "GPU=-1", "GPU=nan", "GPU=inf"])
def test_wrong_resources(text: str) -> None:
    with pytest.raises(ValueError, match="resources: wanted GPU=<number greater than 0>"):
        parse_resources(text)
