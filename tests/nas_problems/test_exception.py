"""One line for an exception, and the place in the user's code where it was raised."""

import copy
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nas_problems.exception import Reason, describe, kind_of, place_of, reason_of, with_place
from tests.nas_problems.failing import build

HERE = __file__.rpartition("/")[2]


def raised(function: Callable[[], object]) -> Reason:
    """The reason of what a function raises."""
    try:
        function()
    except BaseException as error:
        return reason_of(error)
    raise AssertionError("nothing was raised")


def test_the_innermost_frame_of_the_users_own_code_is_the_place() -> None:
    reason = raised(lambda: build({"depth": 2, "width": 8}))
    assert reason == "RuntimeError: no layer of width 8"
    assert re.fullmatch(r"failing\.py, line \d+, in too_wide", place_of(reason))
    lines = reason.traceback.splitlines()
    assert lines[-2:] == ["RuntimeError: no layer of width 8", "asked for 8"]
    assert lines.index("KeyError: 8") < lines.index("The above exception was the direct cause of the following one:")
    assert sum("in build" in line for line in lines) == 1


def test_a_library_is_not_the_place() -> None:
    import numpy as np

    def solve() -> object:
        return np.linalg.inv(np.zeros((2, 2)))

    reason = raised(solve)
    assert "numpy" in reason.traceback and place_of(reason).startswith(HERE) and place_of(reason).endswith("in solve")


def test_a_reason_is_a_string_that_keeps_its_place_when_it_is_sent() -> None:
    reason = raised(lambda: build({"depth": 1, "width": 1}))
    for other in (pickle.loads(pickle.dumps(reason)), copy.deepcopy(reason)):
        assert (other, other.traceback, other.place) == (reason, reason.traceback, reason.place)
    assert type(str(reason)) is str
    assert (reason.in_short.traceback, reason.in_short.place) == ("", reason.place)
    assert with_place(reason) == f"ValueError: depth 1 is odd ({reason.place})"


def test_numbers_make_no_kind_but_places_do() -> None:
    first, second, wide = (
        raised(lambda c=c: build({"depth": c[0], "width": c[1]}))  # type: ignore[misc]
        for c in ((1, 1), (7, 1), (2, 9))
    )
    assert kind_of(first) == kind_of(second) != kind_of(wide)
    assert kind_of(Reason("E: x", place="a.py, line 1, in f")) != kind_of(Reason("E: x", place="a.py, line 2, in f"))


def endless(n: int = 0) -> int:
    """Calls itself."""
    return endless(n + 1)


class UnprintableError(Exception):
    """Its message raises."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def chained() -> None:
    """An exception that is its own cause."""
    error = ValueError("round")
    error.__cause__ = RuntimeError("and round")
    error.__cause__.__cause__ = error
    raise error


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (endless, "RecursionError: maximum recursion depth exceeded"),
        (lambda: (_ for _ in ()).throw(UnprintableError), "UnprintableError: its message cannot be printed"),
        (lambda: (_ for _ in ()).throw(ValueError("x" * 10**6)), f"ValueError: {'x' * 985}..."),
        (lambda: (_ for _ in ()).throw(ValueError("\n".join("y" * 10**5))), "ValueError: y"),
        (lambda: (_ for _ in ()).throw(ExceptionGroup("two", [ValueError(), KeyError()])), "ExceptionGroup: two"),
        (lambda: exec(compile("1 / 0", "a" * 5000, "exec")), "ZeroDivisionError: division by zero"),
        (lambda: (_ for _ in ()).throw(ValueError("\ud800 \x1b[2J")), "ValueError: \ud800 \x1b[2J"),
        (chained, "ValueError: round"),
        (lambda: __import__("sys").exit(3), "SystemExit: 3"),
    ],
)
def test_whatever_is_raised_has_a_bounded_line_and_a_bounded_traceback(
    function: Callable[[], object], line: str
) -> None:
    reason = raised(function)
    assert reason.startswith(line) and len(reason) <= 1_000
    assert 0 < len(reason.traceback) <= 4_000


def test_an_exception_that_was_never_raised() -> None:
    reason = reason_of(ValueError("no"))
    assert (reason, reason.traceback, reason.place) == ("ValueError: no", "ValueError: no", "")
    assert describe(KeyError()) == "KeyError"


def test_a_file_that_was_edited_is_shown_as_it_is_now(tmp_path: Path) -> None:
    """As in a notebook whose module is changed and reloaded."""
    path = tmp_path / "edited.py"
    shown = []
    for i, text in enumerate(("raise ValueError('old')", "raise ValueError('new')")):
        path.write_text(text)
        os.utime(path, ns=(i, i))
        code = compile(text, str(path), "exec")
        shown.append(raised(lambda code=code: exec(code)).traceback.splitlines()[-2])  # type: ignore[misc]
    assert shown == ["    raise ValueError('old')", "    raise ValueError('new')"]
