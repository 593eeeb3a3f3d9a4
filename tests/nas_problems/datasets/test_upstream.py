"""Published files: found where they should be, refused when they are others, and missed clearly."""

import hashlib
from pathlib import Path

import pytest

from nas_problems.datasets.upstream import DataUnavailableError, UpstreamFile

CONTENT = b"a,b\n1,2\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = UpstreamFile("family/table.csv", "http://127.0.0.1:9/table.csv", SHA256, "MIT")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IOHNAS_DATA", str(tmp_path / "data"))


def put(folder: Path, content: bytes) -> None:
    path = folder / FILE.name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_a_given_file_is_read(tmp_path: Path) -> None:
    put(tmp_path / "data", CONTENT)
    assert FILE.at_hand
    assert FILE.read() == CONTENT


def test_a_cached_file_is_read(tmp_path: Path) -> None:
    put(tmp_path / "cache" / "upstream", CONTENT)
    assert FILE.at_hand
    assert FILE.read() == CONTENT


def test_another_file_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "data", b"something else")
    with pytest.raises(ValueError, match=f"wanted sha256 {SHA256}"):
        FILE.read()


def test_offline_the_message_says_what_to_do() -> None:
    assert not FILE.at_hand
    with pytest.raises(DataUnavailableError, match=r"could not be\s+downloaded .* put the file"):
        FILE.read()
