"""Where long names may be broken: after their separators, and within a word only where nothing else is left."""

import re
from collections.abc import Sequence

_PIECE = re.compile(r"\s+|[^\s\-._:/+,=\]]*[\-._:/+,=\]]+(?=\S)|[^\s\-._:/+,=\]]+|\S")


def pieces(text: str) -> list[str]:
    """The parts of a text between which a line may end; spaces are parts of their own.

    >>> pieces("nb201-imagenet16-120[noise=sampled] at .5")
    ['nb201-', 'imagenet16-', '120[noise=', 'sampled', ']', ' ', 'at', ' ', '.', '5']
    """
    return _PIECE.findall(text)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most ``width`` characters.

    >>> wrapped("nb201-imagenet16-120 by local-search", 12)
    ['nb201-', 'imagenet16-', '120 by', 'local-search']
    >>> wrapped("incomprehensible", 6)
    ['incomp', 'rehens', 'ible']
    """
    lines = [""]
    for piece in pieces(text):
        if len(lines[-1]) + len(piece.rstrip()) > width and lines[-1].strip():
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        rest = piece if lines[-1] else piece.lstrip()
        while len(lines[-1]) + len(rest.rstrip()) > width:
            room = width - len(lines[-1])
            lines[-1], rest = lines[-1] + rest[:room], rest[room:]
            lines.append("")
        lines[-1] += rest
    return [line.rstrip() for line in lines]


def column_widths(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """Widths of columns of texts that share ``room`` characters.

    No column is wider than its longest text. Where there is not room for all, none is narrower than its longest part
    that cannot be broken as long as that is possible, and what is left goes to those that lack most.

    >>> column_widths([["nb201-imagenet16-120"], ["a sentence of some length"]], 24)
    [12, 12]
    """
    wanted = [max((len(text) for text in texts), default=0) for texts in columns]
    if sum(wanted) <= room:
        return wanted
    least = [max((len(piece) for text in texts for piece in pieces(text)), default=0) for texts in columns]
    if sum(least) >= room:
        return [max(1, n * room // sum(least)) for n in least]
    lack = [a - b for a, b in zip(wanted, least, strict=True)]
    spare = room - sum(least)
    widths = [n + spare * more // sum(lack) for n, more in zip(least, lack, strict=True)]
    for i in sorted(range(len(widths)), key=lambda i: widths[i] - wanted[i])[: room - sum(widths)]:
        widths[i] += 1  # what rounding left
    return widths
