"""Why something is not on a page, fit to be shown to others."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from experiments.page.prose import literal

_END = r"(?=[/\\\s,;:)\]'\"]|$)"
_ABSOLUTE = re.compile(r"(?<![\w.:/~$}<-])(?:/|[A-Za-z]:\\)(?:[^\s/\\:,;()'\"<>]+[/\\])+(?=[^\s/\\:,;()'\"<>])")
_MOST = 400  # characters


def left_out(error: Exception) -> str:
    """Why an exception leaves something out: its message in one line, as Markdown, without this machine's folders.

    Files in ``$IOHNAS_DATA``, ``$IOHNAS_CACHE`` or the user's home are named below these; of any other absolute path
    the name is left.

    >>> left_out(ValueError("/mnt/disk/of/mine/table.npz: wanted a table"))
    '…/table.npz: wanted a table'
    """
    return literal(reason_to_show(error))


def reason_to_show(error: Exception) -> str:
    """``left_out`` as plain text."""
    return without_folders(str(error.args[0] if error.args else error))[:_MOST]


def without_folders(text: str) -> str:
    """A text in one line without the folders of this machine.

    >>> without_folders("https://example.org/a/b.csv is not in /srv/shared/data/b.csv")
    'https://example.org/a/b.csv is not in …/b.csv'
    """
    line = " ".join(text.split())
    for folder, name in _known_folders():
        line = re.sub(re.escape(folder) + _END, name, line)
    return _ABSOLUTE.sub("…/", line)


def _known_folders() -> Iterator[tuple[str, str]]:
    """Folders that have a name, those within others first."""
    named = {"$IOHNAS_DATA": os.environ.get("IOHNAS_DATA", ""), "$IOHNAS_CACHE": os.environ.get("IOHNAS_CACHE", "")}
    folders = {str(Path(folder).absolute()): name for name, folder in named.items() if folder}
    folders |= {folder: name for name, folder in named.items() if "/" in folder or "\\" in folder}
    if len(Path.home().parts) > 1:
        folders.setdefault(str(Path.home()), "~")
    yield from sorted(folders.items(), key=lambda item: -len(item[0]))
