"""Every example of the README runs as it is printed, one by one, in an empty folder."""

import re
from importlib import metadata
from pathlib import Path

import pytest

from docs.examples import check

README = Path(__file__).parent.parent / "README.md"


@pytest.mark.slow
def test_the_examples_run(tmp_path: Path) -> None:
    assert check(README, tmp_path) >= 3


def test_the_citation_has_the_version() -> None:
    version = metadata.version("iohnas")
    assert f"version = {{{version}}}" in README.read_text(encoding="utf-8")
    assert f"version: {version}\n" in README.with_name("CITATION.cff").read_text(encoding="utf-8")


def test_pictures_and_files_that_the_readme_names_exist() -> None:
    prose = re.sub(r"```.*?```", "", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#:]+)\)", prose)
    assert links
    for link in links:
        assert (README.parent / link).exists(), link
