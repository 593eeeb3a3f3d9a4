"""Names that a shell completes."""

import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("iohnas run --problems nb201-cifar10,fcnet-pr", ["nb201-cifar10,fcnet-protein"]),
        ("iohnas run --solvers local", ["local-search"]),
        ("iohnas reproduce estim", ["estimation"]),
    ],
)
def test_names_are_completed(words: str, wanted: list[str]) -> None:
    asked = {"_IOHNAS_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    command = [str(Path(sys.executable).with_name("iohnas"))]
    done = subprocess.run(command, env=os.environ | asked, capture_output=True, text=True, check=False)
    assert done.stdout.split() == wanted


COMMAND = """#!/bin/sh
exec {python} -c 'from experiments.cli import main; main()' "$@"
"""
ANSWER_SECONDS = 120.0


def after_tab(typed: str, home: Path, wanted: str, *setup: str) -> str:
    """What a zsh in a terminal shows within a while after the words and one Tab, up to what is wanted."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "dumb", "HOME": str(home), "ZDOTDIR": str(home)})
        os.environ.update({"PATH": f"{home}:{os.environ['PATH']}", "PYTHONPATH": str(Path(__file__).parents[2])})
        os.execvp("zsh", ["zsh", "-i"])
    try:
        for line in setup:
            os.write(terminal, f"{line}\n".encode())
        os.write(terminal, b"echo REA''DY\n")
        read_up_to(terminal, "READY\r")
        os.write(terminal, f"{typed}\t".encode())
        return read_up_to(terminal, wanted)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def read_up_to(terminal: int, wanted: str) -> str:
    shown, end = "", time.monotonic() + ANSWER_SECONDS
    while wanted not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 65536).decode(errors="replace")
    return shown


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here: apt-get install zsh")
@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("iohnas run --solvers local-s", "local-search "),
        ("iohnas run --problems nb201-cifar10,fcnet-pr", "nb201-cifar10,fcnet-protein "),
        ("iohnas run --solv", "--solvers "),
    ],
)
@pytest.mark.parametrize("way", ["installed", "sourced"])
def test_zsh_completes_at_the_first_tab(way: str, typed: str, wanted: str, tmp_path: Path) -> None:
    """As ``--install-completion`` leaves it, and as one line of a ``.zshrc`` has it."""
    command = tmp_path / "iohnas"
    command.write_text(COMMAND.format(python=sys.executable))
    command.chmod(0o755)
    asked = {"_IOHNAS_COMPLETE": "source_zsh", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([str(command)], env=os.environ | asked, capture_output=True, text=True, check=True)
    functions = tmp_path / ".zfunc"
    functions.mkdir()
    (functions / ("_iohnas" if way == "installed" else "script")).write_text(done.stdout.lstrip())
    (tmp_path / ".zshrc").write_text("fpath+=~/.zfunc; autoload -Uz compinit; compinit -u\n")
    setup = [] if way == "installed" else ["source ~/.zfunc/script"]
    assert wanted in after_tab(typed, tmp_path, wanted, *setup)
