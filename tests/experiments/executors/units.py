"""Units of work that misbehave, for the tests of executors."""

import os
import signal
import sys
import threading


def work(unit: str) -> str:
    """What a unit's name says."""
    if unit == "raises":
        raise ValueError("first line\nsecond line")
    if unit == "exits":
        os._exit(3)
    if unit == "exits with 1":
        os._exit(1)
    if unit == "leaves":
        sys.exit(5)
    if unit == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if unit == "hangs":
        threading.Event().wait()
    if unit == "eats memory":
        return str(len(bytearray(2**31)))
    if unit == "lock":
        return threading.Lock()  # type: ignore[return-value]  # what cannot be pickled
    if unit == "threads":
        return os.environ["OMP_NUM_THREADS"]
    if unit.startswith("plugin "):
        return plugin_value(unit.removeprefix("plugin "))
    if unit == "process":
        return str(os.getpid())
    return unit.upper()


def plugin_value(path: str) -> str:
    """``VALUE`` of a plug-in, as this process has it."""
    from experiments.process import load_plugins  # takes longer than the limits of other units

    load_plugins([path])
    modules = [module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == path]
    return str(modules[-1].VALUE)
