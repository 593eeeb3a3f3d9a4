"""The locks hold what pyproject.toml admits, and the lower ends of its ranges are releases that were tried."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WITHOUT_LOCK = {"iohnas", "torch", "torchvision"}  # ourselves; a build per machine


def _direct(*extras: str) -> list[Requirement]:
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in PROJECT["optional-dependencies"][extra])]
    return [wanted for wanted in map(Requirement, texts) if canonicalize_name(wanted.name) not in WITHOUT_LOCK]


def _locked(name: str) -> Mapping[str, set[Version]]:
    """Package -> the releases that a lock names, one or several for different Pythons."""
    releases: dict[str, set[Version]] = {}
    for package, release in re.findall(
        r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE
    ):
        releases.setdefault(canonicalize_name(package), set()).add(Version(release))
    return releases


EVERYTHING = _direct(*(extra for extra in PROJECT["optional-dependencies"]))


@pytest.mark.parametrize("wanted", EVERYTHING, ids=lambda wanted: str(wanted.name))
def test_locked_releases_lie_in_the_range_that_is_promised(wanted: Requirement) -> None:
    releases = _locked("test.lock")[canonicalize_name(wanted.name)]
    assert all(wanted.specifier.contains(release) for release in releases), f"{wanted}: locked {releases}; make lock"


@pytest.mark.parametrize("wanted", EVERYTHING, ids=lambda wanted: str(wanted.name))
def test_lowest_release_of_the_range_was_tried(wanted: Requirement) -> None:
    bounds = [Version(bound.version) for bound in wanted.specifier if bound.operator in (">=", "==")]
    assert len(bounds) == 1, f"{wanted}: wanted one lower bound"
    tried = _locked("lowest.lock")[canonicalize_name(wanted.name)]
    assert min(tried) >= bounds[0]
    assert min(tried).release[:2] == bounds[0].release[:2], f"{wanted}: tried from {min(tried)} on; make lock"


@pytest.mark.parametrize("wanted", _direct(), ids=lambda wanted: str(wanted.name))
def test_demo_and_tests_have_the_same_releases(wanted: Requirement) -> None:
    name = canonicalize_name(wanted.name)
    assert _locked("demo.lock")[name] == _locked("test.lock")[name]


@pytest.mark.parametrize("lock", ["demo.lock", "test.lock", "lowest.lock"])
def test_every_release_in_a_lock_has_a_hash(lock: str) -> None:
    entries = re.findall(r"^\S+==.*(?:\n +.*)*", (ROOT / "requirements" / lock).read_text(), re.MULTILINE)
    assert len(entries) > 80
    assert all("--hash=sha256:" in entry for entry in entries)
