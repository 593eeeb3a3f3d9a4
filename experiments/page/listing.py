"""The list of what a page wrote into its folder, so that the next page there removes what it does not write again.

``.files.sha256`` has the format of ``sha256sum``. A file that is not on the list, or has changed since, is
another program's and stays.
"""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from experiments.folder.disk import write_atomically
from optimizers.regular_file import read_regular

LISTING = ".files.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_][A-Za-z0-9_.-]*\.(?:csv|html|md|pdf|png|svg))")
_LARGEST = 2**20  # bytes of a list


def update_listing(folder: Path, names: Iterable[str]) -> None:
    """Remove what an earlier page left here that is not in ``names``, and list these instead.

    Args:
        folder: Folder of the page.
        names: Files in it that the page has just written.

    Raises:
        OSError: The folder cannot be written.
    """
    written = set(names)
    for name, digest in _listed(folder).items():
        with suppress(OSError):  # gone, or not a file any more
            if name not in written and _digest(folder / name) == digest:
                (folder / name).unlink()
    lines = "".join(f"{_digest(folder / name)}  {name}\n" for name in sorted(written))
    write_atomically(folder / LISTING, lines)


def _listed(folder: Path) -> dict[str, str]:
    """Name -> digest; other lines are left out, as anyone may have written them."""
    try:
        text = read_regular(folder / LISTING, limit=_LARGEST).decode("utf-8", "replace")
    except OSError:
        return {}
    return {match[2]: match[1] for line in text.splitlines() if (match := _LINE.fullmatch(line))}


def _digest(path: Path) -> str:
    return hashlib.sha256(read_regular(path)).hexdigest()
