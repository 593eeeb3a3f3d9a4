"""Ctrl-C waits where it would do harm."""

import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from experiments.executors.interrupts import interrupts_deferred, interrupts_held


def test_the_first_waits_until_the_block_ends() -> None:
    steps = []
    with pytest.raises(KeyboardInterrupt):
        with interrupts_deferred():
            signal.raise_signal(signal.SIGINT)
            steps.append("block")
        steps.append("after")
    assert steps == ["block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_does_not_wait() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts_deferred():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("not reached")


def test_an_error_is_not_replaced_by_an_interrupt() -> None:
    with pytest.raises(ValueError, match="of the block"), interrupts_deferred():
        signal.raise_signal(signal.SIGINT)
        raise ValueError("of the block")


def test_without_an_interrupt_nothing_changes() -> None:
    handler = signal.getsignal(signal.SIGINT)
    with interrupts_deferred():
        pass
    assert signal.getsignal(signal.SIGINT) is handler


def test_other_threads_never_see_interrupts() -> None:
    steps = []

    def work() -> None:
        with interrupts_deferred():
            steps.append("block")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert steps == ["block"]


@pytest.mark.parametrize("block", [interrupts_deferred, interrupts_held])
def test_a_handler_that_is_not_of_python_is_left_alone(
    block: Callable[[], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a program that has Python in it: it can be neither kept nor set again."""
    monkeypatch.setattr(signal, "getsignal", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: pytest.fail("another handler"))
    with block():
        pass
