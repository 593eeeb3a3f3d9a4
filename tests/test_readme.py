"""Every example of the README runs as it is printed, one by one, in an empty folder."""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from docs.examples import check

README = Path(__file__).parent.parent / "README.md"


@pytest.mark.slow
def test_the_examples_run(tmp_path: Path) -> None:
    assert check(README, tmp_path) >= 3


@pytest.mark.slow
@pytest.mark.skipif("IOHNAS_DATA" not in os.environ, reason="the file of NAS-Bench-101 is absent: set IOHNAS_DATA")
def test_the_line_on_nas_bench_101_runs(tmp_path: Path) -> None:
    (line,) = re.findall(r"^iohnas (run --problems nb101.*)$", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    command = [str(Path(sys.executable).with_name("iohnas")), *line.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "6 of 6 runs are finished, 0 failed" in done.stdout


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
