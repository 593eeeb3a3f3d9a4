"""Ctrl-C waits where it would do harm."""

import signal
import threading

import pytest

from experiments.executors.interrupts import interrupts_deferred


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
