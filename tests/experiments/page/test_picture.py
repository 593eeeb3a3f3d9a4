"""Pictures of a page, drawn on several cores."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from experiments.page import picture
from experiments.page.block import Drawing

linux = pytest.mark.skipif(sys.platform != "linux", reason="child processes draw on Linux alone")


def line(i: int) -> Figure:
    figure = Figure(figsize=(2 + i, 2), layout="constrained")
    figure.subplots().plot([0, i])
    return figure


def lines(n: int) -> dict[str, Drawing]:
    return {f"line-{i}": partial(line, i) for i in range(n)}


PROGRAM = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from experiments.page import picture
from test_picture import lines

alone, together = Path("alone"), Path("together")
alone.mkdir()
together.mkdir()
wanted = {{name: picture.save(drawn(), alone, name) for name, drawn in lines(3).items()}}
picture._n_children = lambda: 2
found = picture.save_all(lines(3), together)
assert found == wanted and list(found) == list(wanted), "not the same pictures"
print(sorted(path.name for path in together.iterdir()))
for name in wanted:
    assert (alone / f"{{name}}.png").read_bytes() == (together / f"{{name}}.png").read_bytes(), name
"""


@linux
def test_child_processes_draw_the_same_pictures(tmp_path: Path) -> None:
    """In a process of its own: pytest can have threads, with which nothing is forked."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert run.stderr == ""
    assert run.stdout.strip() == str([f"line-{i}.{suffix}" for i in range(3) for suffix in ("pdf", "png")])


KILLED = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from experiments.page import picture
from test_picture import lines

parent, save = os.getpid(), picture.save

def killed(*arguments):
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return save(*arguments)

picture.save, picture._n_children = killed, lambda: 2
print(list(picture.save_all(lines(3), Path())))
"""


@linux
def test_pictures_are_drawn_where_child_processes_are_killed(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert run.stdout.strip() == "['line-0', 'line-1', 'line-2']", run.stderr
    assert len(list(tmp_path.glob("line-?.p*"))) == 6


def test_nothing_is_forked_next_to_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that a thread holds at that moment would be held in the child for ever."""
    drawn_by = []

    def save(_: Figure, folder: Path, name: str, formats: Sequence[str]) -> picture.Inlined:
        drawn_by.append((os.getpid(), name))
        return picture.Inlined(str(folder), len(formats), 1)

    monkeypatch.setattr(picture, "save", save)
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        picture.save_all(lines(2), tmp_path)
    finally:
        ended.set()
        thread.join()
    assert drawn_by == [(os.getpid(), "line-0"), (os.getpid(), "line-1")]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
