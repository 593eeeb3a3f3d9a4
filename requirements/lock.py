"""Write the locks of this folder from the ranges in pyproject.toml: ``make lock``.

- ``demo.lock``: what ``make demo`` installs.
- ``test.lock``: what ``make test`` installs; the same and the tools, each package in the same release.
- ``lowest.lock``: the lowest release of each direct dependency that its range admits; ``make test-lowest``.

All have hashes and hold for every platform and Python that pyproject admits. PyTorch and what it brings for an
accelerator are left out: it has a build per machine, so its number alone is fixed, in pyproject's extra ``train``.
"""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
PYPROJECT = FOLDER.parent / "pyproject.toml"
BUILD = ("hatchling", "editables")  # what an editable install needs, so that nothing is fetched beyond the lock
EXTRAS = ("dev", "docs", "train", "yahpo")
PFLACCO = ("pflacco==1.2.2", "pyDOE==0.3.9")  # pins numpy 1.24, runs on today's: locked without its dependencies
UNLOCKED = re.compile(r"torch|torchvision|triton|nvidia-|cuda-")


def compiled(*arguments: str, names: tuple[str, ...] = ()) -> str:
    """What uv resolves from requirements: lines with hashes, for every platform.

    Args:
        arguments: Options of ``uv pip compile``, and files of requirements.
        names: Further requirements.
    """
    call = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    call += ["--generate-hashes", "--no-header", "--no-annotate", *arguments, "-"]
    return subprocess.run(call, input="\n".join(names), text=True, check=True, capture_output=True).stdout  # noqa: S603


def locked(*arguments: str, names: tuple[str, ...] = BUILD) -> str:
    """A lock's content: ``compiled`` without PyTorch, with pflacco."""
    text = compiled(*arguments, str(PYPROJECT), names=names)
    entries = re.findall(r"^\S.*(?:\n +.*)*\n", text, flags=re.MULTILINE)
    kept = "".join(entry for entry in entries if not UNLOCKED.match(entry))
    return f"# Made by: make lock\n{kept}{compiled('--no-deps', names=PFLACCO)}"


def main() -> None:
    """Write all locks."""
    extras = [option for extra in EXTRAS for option in ("--extra", extra)]
    test, demo = FOLDER / "test.lock", FOLDER / "demo.lock"
    test.write_text(locked(*extras))
    demo.write_text(locked("--constraint", str(test)))
    lowest = locked("--resolution", "lowest-direct", *extras, names=())
    (FOLDER / "lowest.lock").write_text(lowest)


if __name__ == "__main__":
    main()
