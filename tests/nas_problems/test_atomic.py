"""Files that appear complete, or stay as they were."""

import threading
from pathlib import Path

import pytest

from nas_problems.atomic import replacing


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with replacing(path) as new:
        new.write_text("new")
        assert path.read_text() == "old"
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("table.csv", "new")]


def test_nothing_changes_and_nothing_is_left_where_the_block_raises(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(KeyError), replacing(path) as new:
        new.write_text("half")
        raise KeyError
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("table.csv", "old")]


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "table.csv"):
        pass
    assert not list(tmp_path.iterdir())


def test_threads_of_a_process_write_to_places_of_their_own(tmp_path: Path) -> None:
    places = []

    def write() -> None:
        with replacing(tmp_path / "table.csv") as new:
            new.write_text("thread")
            places.append(new.name)

    with replacing(tmp_path / "table.csv") as new:
        new.write_text("main")
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        places.append(new.name)
    assert len(set(places)) == 2
    assert (tmp_path / "table.csv").read_text() == "main"
