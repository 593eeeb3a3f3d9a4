"""Names that a shell completes."""

import os
import subprocess
import sys
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
