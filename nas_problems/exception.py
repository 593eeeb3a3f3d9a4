"""What an exception says in one line, and where it was raised."""

import linecache
import os
import re
from collections import deque
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import TracebackType

_OURS = str(Path(__file__).parent)  # what is between the user's code and whoever asks for a line
_PLACE = re.compile(r'^  File "(?P<path>.*)", line (?P<line>\d+), in (?P<function>.*)$', re.MULTILINE)
_LIBRARY = re.compile(r"[/\\](?:site-packages|dist-packages|lib[/\\]python3\.\d+)[/\\]|^<")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")

_MOST_LINE = 1_000  # characters of a line
_MOST_TRACEBACK = 4_000  # characters of a traceback
_MOST_SOURCE = 200  # characters of a line of source
_MOST_FRAMES = 10  # of an exception, the innermost ones
_MOST_EXCEPTIONS = 4  # that led to each other

Frame = tuple[str, int, str, int]
"""File, line, function, and when the file was changed, as a notebook goes on when its modules are edited."""


class Reason(str):
    """Why something failed: one line, which also knows where an exception was raised.

    ``Reason(line, traceback, place)``; without a place, it is what the traceback says.

    Attributes:
        traceback: The innermost frames, as Python prints them, of which the last 4,000 characters are kept; empty:
            no exception was raised, or it is kept elsewhere.
        place: File, line and function of the innermost frame of the user's code.

    >>> reason = Reason("ValueError: no", '  File "/home/me/train.py", line 3, in loss')
    >>> reason.startswith("ValueError"), reason.place
    (True, 'train.py, line 3, in loss')
    """

    __slots__ = ("place", "traceback")
    traceback: str
    place: str

    def __new__(cls, line: str, traceback: str = "", place: str | None = None) -> "Reason":  # noqa: D102
        made = super().__new__(cls, line)
        is_short = len(traceback) <= _MOST_TRACEBACK
        made.traceback = traceback if is_short else f"...{traceback[3 - _MOST_TRACEBACK :]}"
        made.place = _place(traceback) if place is None else place
        return made

    def __reduce__(self) -> "tuple[type[Reason], tuple[str, str, str]]":
        return Reason, (str(self), self.traceback, self.place)

    @property
    def in_short(self) -> "Reason":
        """The same without the traceback."""
        return Reason(str(self), place=self.place)


def traceback_of(why: str) -> str:
    """The traceback of a reason; empty where it has none."""
    return why.traceback if isinstance(why, Reason) else ""


def place_of(why: str) -> str:
    """Where in the user's code a reason's exception was raised: file, line and function; empty: not known."""
    return why.place if isinstance(why, Reason) else ""


def with_place(why: str) -> str:
    """A reason in one line with the place.

    >>> with_place(Reason("ValueError: no", place="train.py, line 3, in loss")), with_place("no value")
    ('ValueError: no (train.py, line 3, in loss)', 'no value')
    """
    place = place_of(why)
    return f"{why} ({place})" if place else str(why)


def _place(traceback: str) -> str:
    places = list(_PLACE.finditer(traceback))
    own = [place for place in places if not _LIBRARY.search(place["path"])]
    if not places:
        return ""
    innermost = (own or places)[-1]
    name = re.split(r"[/\\]", innermost["path"])[-1]
    return f"{name}, line {innermost['line']}, in {innermost['function']}"


def kind_of(why: str) -> str:
    """What failures of one kind have in common: the place, and the line but for its numbers.

    >>> kind_of("wanted a finite value, found nan"), kind_of("took 3.5 s of 2 s") == kind_of("took 14 s of 2 s")
    ('wanted a finite value, found nan', True)
    """
    return with_place(Reason(_NUMBER.sub("#", why), place=place_of(why)))


def describe(error: BaseException) -> str:
    r"""An exception as one line: its type and the first line of its message, cut where it is very long.

    >>> describe(ValueError("wanted a number\nfound 'x'")), describe(KeyError("name")), describe(MemoryError())
    ('ValueError: wanted a number', 'KeyError: name', 'MemoryError')
    """
    lines = _message(error).strip().splitlines()
    return _cut(f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__, _MOST_LINE)


def reason_of(error: BaseException) -> Reason:
    """An exception as one line that also has the traceback: the innermost frames of it and of what led to it.

    Frames of iohnas that come before the user's code are left out; the text has at most 4,000 characters.

    >>> try:
    ...     len(3)
    ... except TypeError as error:
    ...     reason = reason_of(error)
    >>> reason
    "TypeError: object of type 'int' has no len()"
    >>> reason.traceback.splitlines()[-1] == reason
    True
    """
    parts = [_part(error)]
    for later, before in pairwise(_chain(error)):
        if later.__cause__ is before:
            how = "The above exception was the direct cause of the following one:"
        else:
            how = "While it was handled, the following one was raised:"
        parts.append(f"{_part(before)}\n\n{how}\n")
    return Reason(describe(error), "\n".join(reversed(parts)))


def _chain(error: BaseException) -> list[BaseException]:
    """An exception, what it came from, what that came from, and so on."""
    chain = [error]
    while len(chain) < _MOST_EXCEPTIONS:
        last = chain[-1]
        before = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if before is None or any(before is other for other in chain):
            break
        chain.append(before)
    return chain


def _part(error: BaseException) -> str:
    """One exception as Python prints it."""
    lines = [*_frames(error.__traceback__), describe(error), *_message(error).strip().splitlines()[1:]]
    return _cut("\n".join(lines), _MOST_TRACEBACK)


def _frames(trace: TracebackType | None) -> tuple[str, ...]:
    frames: deque[Frame] = deque(maxlen=_MOST_FRAMES)
    is_ours = True
    while trace is not None:
        code = trace.tb_frame.f_code
        is_ours = is_ours and code.co_filename.startswith(_OURS)
        if not is_ours or trace.tb_next is None:
            frames.append((code.co_filename, trace.tb_lineno, code.co_name, _changed(code.co_filename)))
        trace = trace.tb_next
    return _shown(tuple(frames))


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 (ten times per failure)
    except (OSError, ValueError):
        return 0


@lru_cache(maxsize=256)  # a search can fail a million times in one place
def _shown(frames: tuple[Frame, ...]) -> tuple[str, ...]:
    """Frames with their lines of source."""
    shown = []
    for path, line, function, _ in frames:
        linecache.checkcache(path)
        source = linecache.getline(path, line).strip()
        shown.append(f'  File "{path}", line {line}, in {function}')
        if source:
            shown.append(_cut(f"    {source}", _MOST_SOURCE))
    return tuple(shown)


def _message(error: BaseException) -> str:
    try:
        return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    except Exception:  # of an exception that cannot be printed
        return "its message cannot be printed"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
