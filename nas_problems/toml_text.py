"""TOML that a stranger may have written, read in a time that grows only with its length."""

import re
import tomllib
from pathlib import Path
from typing import Any

from nas_problems.bounded import read_bounded

LARGEST = 2**20
"""Bytes of a file, unless more or fewer are wanted."""

_DOTTED = re.compile(r"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]++|"")[ \t]*+\.[ \t]*+){16}""")
_LONGEST_INTEGER = re.compile(r"(?<![.\d])\d{40}|0[xob][0-9A-Fa-f_]{40}", re.ASCII)
_QUOTED = re.compile(  # or a comment; without an end it goes on to that of its line or text: nothing is read after it
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+(?:"""|\Z)?|"(?:[^"\\\n]|\\.)*+"?|#[^\n]*+|'''
    r"""'''(?:[^']|'{1,2}(?!'))*+(?:'''|\Z)?|'[^'\n]*+'?""",
    re.DOTALL,
)


def load_toml(content: bytes | str) -> dict[str, Any]:
    """Read any TOML, also a malicious one: in a time that grows only with its length.

    The standard library takes seconds for a key of thousands of dotted parts, and minutes for some more of them.

    Args:
        content: Text, or bytes in UTF-8; the caller bounds its size.

    Raises:
        ValueError: Not TOML; a key of more than 16 parts; or an integer of 40 digits or more, which TOML does not have.

    >>> load_toml(b"runs = 3")
    {'runs': 3}
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise ValueError(f"not TOML: {error}") from None
    bare = _QUOTED.sub(_emptied, text)
    for pattern, what in ((_DOTTED, "keys of at most 16 parts"), (_LONGEST_INTEGER, "integers of at most 64 bits")):
        if (match := pattern.search(bare)) is not None:
            line = bare.count("\n", 0, match.start()) + 1
            raise ValueError(f"not TOML: wanted {what}, found {match[0][:40]!r}... in line {line}")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not TOML: {error}") from error


def _emptied(match: re.Match[str]) -> str:
    """An empty string in place of one, nothing in place of a comment, on as many lines."""
    return "" if match[0].startswith("#") else '""' + "\n" * match[0].count("\n")


def read_toml(path: Path, *, limit: int = LARGEST) -> dict[str, Any]:
    """Read a file.

    Args:
        path: The file.
        limit: Bytes that it may have.

    Raises:
        OSError: It cannot be read.
        ValueError: Larger, or not TOML; the message names the file.
    """
    content = read_bounded(path, limit)
    try:
        return load_toml(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
