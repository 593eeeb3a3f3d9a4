"""Which code evaluates: what a journal's evaluations were made with."""

import dataclasses
import functools
import hashlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nas_problems.evaluation import Evaluator
from nas_problems.origin import OURS, is_installed


def code_digest(evaluator: Evaluator) -> str:
    """Hash of the user's files whose functions an evaluator calls; of a script or a notebook, of the functions."""
    digest = hashlib.sha256()
    for function in _functions(evaluator, 4):
        module = sys.modules.get(str(getattr(function, "__module__", "")))
        file = getattr(module, "__file__", None)
        name = str(getattr(module, "__name__", ""))
        if name.partition(".")[0] in OURS or (file is not None and is_installed(file)):
            continue
        try:
            if file is None or name == "__main__":
                digest.update(inspect.getsource(function).encode())
            else:
                digest.update(Path(file).read_bytes())
        except (OSError, TypeError):
            digest.update(repr(getattr(function, "__qualname__", "")).encode())
    return digest.hexdigest()


def _functions(value: object, depth: int) -> Iterator[Any]:
    """Functions and classes among the parts of a thing."""
    if depth < 0:
        return
    if isinstance(value, functools.partial):
        yield from _functions(value.func, depth)
        for part in (*value.args, *value.keywords.values()):
            yield from _functions(part, depth - 1)
    elif inspect.isroutine(value) or inspect.isclass(value):
        yield value
    elif dataclasses.is_dataclass(value):
        if callable(value):
            yield type(value)
        for each in dataclasses.fields(value):
            yield from _functions(getattr(value, each.name), depth - 1)
    else:
        inner = getattr(value, "_evaluator", None)  # one that passes evaluations on
        if inner is not None:
            yield from _functions(inner, depth)
