"""Every page of the papers, from a tiny budget."""

import os
from pathlib import Path

import pytest

from experiments.papers import reproductions
from nas_problems.datasets.cache import cache_folder
from nas_problems.datasets.upstream import DataUnavailableError
from nas_problems.exception import describe


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # as on the command line
@pytest.mark.parametrize("name", reproductions.names())
def test_a_page_is_made(name: str, tmp_path: Path) -> None:
    """Pages that lack files or a library are skipped with what they say, as ``iohnas reproduce all`` names them."""
    try:
        page = reproductions[name].factory(tmp_path / "page", quick=True, seed=1)
    except (DataUnavailableError, ImportError) as error:
        pytest.skip(describe(error))
    assert page.claims or page.folder.joinpath("README.md").stat().st_size > 1000
    assert page.folder.joinpath("index.html").is_file()
    text = page.folder.joinpath("README.md").read_text(encoding="utf-8")
    for folder in (os.environ.get("IOHNAS_DATA"), cache_folder(), Path.home()):
        assert folder is None or f"{Path(folder).absolute()}/" not in text
