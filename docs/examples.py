"""The examples of a page: run as they are printed, one by one, in one folder, and their output compared.

Of a page's fenced blocks,

- ``python`` is a script of its own, or goes on with the names of the block before it where the line above is
  ``<!-- continued -->``,
- ``bash`` is run line by line; a line may end with a backslash,
- a block with a ``title``, in any of these or in ``toml``, is not run but written to the file of that name,
- ``text`` is what the block before it printed, where ``...`` stands for anything, as in doctests,
- a block below ``<!-- not run: REASON -->`` is left out.

``python -m docs.examples PAGE...`` runs pages and writes what their examples print into their ``text`` blocks.
"""

import argparse
import atexit
import doctest
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Self

_FENCE = re.compile(
    r"^(?:<!-- (?P<note>not run: [^>]*|continued) -->\n)?"
    r'```(?P<language>python|bash|text|toml)(?: title="(?P<title>[^"]+)")?\n(?P<code>.*?)^```$',
    flags=re.DOTALL | re.MULTILINE,
)

# Runs scripts one after the other in one process; each block's output ends with a line that nothing else prints.
_SESSION = """
import json, sys, traceback
names = {"__name__": "__main__"}
for line in sys.stdin:
    code, place = json.loads(line)
    try:
        exec(compile(code, place, "exec"), names)
        state = "done"
    except BaseException:
        traceback.print_exc()
        state = "failed"
    sys.stderr.flush()
    print("\\0" + state, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Example:
    """One fenced block.

    Args:
        language: ``python``, ``bash``, ``toml`` or ``text``.
        code: What is in it.
        title: Name of the file that it shows; empty: none.
        note: ``continued``, ``not run: REASON`` or empty.
        start: Where ``code`` starts in the page, in characters.
        line: Number of its first line.
    """

    language: str
    code: str
    title: str
    note: str
    start: int
    line: int

    @property
    def is_run(self) -> bool:
        """Whether it is run."""
        return self.language in ("python", "bash") and not self.title and not self.note.startswith("not run")


class ExampleError(Exception):
    """An example failed, or printed something else than the page shows."""


def examples(page: Path) -> list[Example]:
    """The blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    return [
        Example(
            match["language"],
            match["code"],
            match["title"] or "",
            match["note"] or "",
            match.start("code"),
            text.count("\n", 0, match.start("code")) + 1,
        )
        for match in _FENCE.finditer(text)
    ]


def run(page: Path, folder: Path) -> Iterator[tuple[Example, str]]:
    """Run the examples of a page in a folder.

    Args:
        page: A Markdown file.
        folder: An empty folder, the working directory.

    Yields:
        Each example that was run, with its standard output.

    Raises:
        ExampleError: An example that failed.
    """
    with ExitStack() as stack:
        session: _Session | None = None
        for example in examples(page):
            if example.title and not example.note:
                (folder / example.title).write_text(example.code, encoding="utf-8")
            if not example.is_run:
                continue
            place = f"{page.name}:{example.line}"
            if example.language == "bash":
                yield example, _run_lines(example.code, folder, place)
                continue
            if session is None or example.note != "continued":
                session = stack.enter_context(_Session(folder))
            yield example, session.run(example.code, place)


def check(page: Path, folder: Path) -> int:
    """Run the examples of a page, and compare what they print with the ``text`` blocks behind them.

    Returns:
        Number of examples that were run.

    Raises:
        ExampleError: An example that failed or printed something else.
    """
    shown = _shown(page)
    n_run = 0
    for example, output in run(page, folder):
        n_run += 1
        wanted = shown.get(example)
        if wanted is not None and not is_same(wanted.code, output):
            raise ExampleError(f"{page.name}:{wanted.line}: the page shows\n{wanted.code}\nbut found\n{output}")
    return n_run


def update(page: Path, folder: Path) -> None:
    """Run the examples of a page and write what they print into the page, where it shows something else.

    Raises:
        ExampleError: An example that failed.
    """
    shown = _shown(page)
    text = page.read_text(encoding="utf-8")
    changes = [
        (shown[example], output)
        for example, output in run(page, folder)
        if example in shown and not is_same(shown[example].code, output)
    ]
    for block, output in reversed(changes):
        text = text[: block.start] + output + text[block.start + len(block.code) :]
    page.write_text(text, encoding="utf-8")


def is_same(wanted: str, found: str) -> bool:
    """Whether an output is what a page shows; ``...`` stands for anything, and spaces may differ."""
    return doctest.OutputChecker().check_output(wanted, found, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)


def _shown(page: Path) -> dict[Example, Example]:
    """Each example that is run, with the ``text`` block behind it."""
    listed = examples(page)
    return {example: after for example, after in pairwise(listed) if example.is_run and after.language == "text"}


@cache
def _new_cache() -> str:
    """An empty folder for what is downloaded or computed once, the same one for all pages of this process."""
    folder = tempfile.mkdtemp(prefix="iohnas-docs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _environment() -> dict[str, str]:
    """That of a new user, who has downloaded nothing: more data means other numbers."""
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MPLBACKEND": "agg",
        "IOHNAS_CACHE": _new_cache(),
    }
    return {name: value for name, value in os.environ.items() if name != "IOHNAS_DATA"} | own


def _run_lines(code: str, folder: Path, place: str) -> str:
    output = ""
    for line in code.replace("\\\n", " ").splitlines():
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=_environment(), capture_output=True, text=True, check=False
        )
        output += done.stdout
        if done.returncode:
            raise ExampleError(f"{place}: {line}\nended with code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return output


class _Session:
    """A Python process that runs blocks one after the other."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SESSION],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, place: str) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([code, place]) + "\n")
        self._process.stdin.flush()
        output = ""
        for line in self._process.stdout:
            before, mark, state = line.partition("\0")
            output += before
            if mark and state == "done\n":
                return output
            if mark:
                break
        _, errors = self._process.communicate()
        raise ExampleError(f"{place}: failed\n{code}\n{output}\n{errors[-4000:]}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.communicate()


def main() -> None:
    """Run the examples of pages, and write what they print."""
    parser = argparse.ArgumentParser(prog="python -m docs.examples", description="Renew what pages' examples print.")
    parser.add_argument("pages", type=Path, nargs="+", metavar="PAGE", help="a Markdown file")
    for page in parser.parse_args().pages:
        with tempfile.TemporaryDirectory() as empty:
            update(page, Path(empty))


if __name__ == "__main__":
    main()
