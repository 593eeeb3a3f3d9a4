"""What a network computes, as a hash: its layers and weights do not say what its own ``forward`` does with them."""

import copy
import dataclasses
import functools
import hashlib
import inspect
import re
import secrets
import sys
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nas_problems.network.initialize import global_seed
from nas_problems.origin import is_of_the_user

N_PROBED = 4
"""Images that a network is asked about."""

_STEPS = 64  # of a probed logit, per power of two of the largest: processors differ by some 1e-6 of it
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
_PLAIN = (type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device, np.generic, range)


def network_digest(network: nn.Module, images: Tensor) -> str:
    """Hash of a network's code and of what it answers, which is the same in every process.

    The code is that of the user's classes and functions that the network is made of, also of what they refer to, and
    the values that its parts hold; parameters are left out, and installed packages go by their names. Answers are
    logits in evaluation mode, rounded so coarsely that processors rarely disagree. Where a hash differs without need,
    as between versions of Python, a training is made anew.

    Args:
        network: With its initial weights; not changed.
        images: Of which the first are shown to it, (n, channels, height, width).
    """
    answers = _answers(network, images[:N_PROBED].cpu())  # first: a network may import what it needs when it is asked
    code = _Code()
    try:
        code.add(network)
    except Exception:  # whatever a user's class raises: what cannot be read is taken for no other
        return secrets.token_hex()
    return hashlib.sha256(repr((code.hexdigest(), answers)).encode()).hexdigest()


def _answers(network: nn.Module, images: Tensor) -> list[int] | None:
    """Rounded logits; None where the network cannot say: training it will tell why."""
    try:
        probed = copy.deepcopy(network).eval()
        with torch.no_grad(), global_seed(0):
            outputs = probed(images)
        logits = (outputs[0] if isinstance(outputs, tuple) else outputs).double().nan_to_num(0.0, 0.0, 0.0)
        unit = torch.exp2(logits.abs().max().clamp(min=1e-300).log2().floor())
        return [int(value) for value in (logits / unit * _STEPS).round().flatten().tolist()]
    except Exception:  # whatever a user's network raises
        return None


class _Code:
    """Hashes values and the functions and classes that they refer to, each once, without addresses."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._known: dict[int, tuple[int, object]] = {}  # by id: its number, and the thing, so that the id stays its

    def hexdigest(self) -> str:
        """Of all that was added."""
        return self._digest.hexdigest()

    def add(self, value: Any) -> None:  # whatever a module may hold
        """Add a value and its parts."""
        if isinstance(value, _PLAIN):
            self._say(type(value).__qualname__, repr(value))
            return
        if not isinstance(value, tuple | frozenset):  # of which Python makes one where others are equal, or does not
            if id(value) in self._known:
                self._say("again", str(self._known[id(value)][0]))
                return
            self._known[id(value)] = len(self._known), value
        self._say(type(value).__qualname__)
        if isinstance(value, Tensor | np.ndarray):
            self._array(value)
        elif isinstance(value, dict):
            self._each(part for item in value.items() for part in item)
        elif isinstance(value, list | tuple):
            self._each(value)
        elif isinstance(value, set | frozenset):
            self._each(sorted(map(_alone, value)))
        elif isinstance(value, functools.partial):
            self._each((value.func, value.args, value.keywords))
        elif isinstance(value, types.MethodType):
            self._each((value.__func__, value.__self__))
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, property):
            self._each((value.fget, value.fset))
        elif isinstance(value, staticmethod | classmethod):
            self.add(value.__func__)
        elif isinstance(value, types.ModuleType) or inspect.isroutine(value):
            self._say(*(str(getattr(value, name, "")) for name in ("__module__", "__qualname__", "__name__")))
        else:
            self._object(value)

    def _say(self, *words: str) -> None:
        self._digest.update(repr(words).encode())

    def _each(self, values: Iterable[Any]) -> None:
        listed = list(values)
        self._say("parts", str(len(listed)))
        for value in listed:
            self.add(value)

    def _array(self, values: "Tensor | np.ndarray[Any, Any]") -> None:
        self._say(str(tuple(values.shape)), str(values.dtype))
        if isinstance(values, np.ndarray):
            if values.dtype == object:
                self._each(values.ravel().tolist())
            else:
                self._digest.update(values.tobytes())
        elif values.layout is torch.strided and values.device.type != "meta":
            flat = values.detach().cpu().resolve_conj().resolve_neg().contiguous().flatten()
            self._digest.update(flat.view(torch.uint8).numpy().tobytes())

    def _function(self, function: types.FunctionType) -> None:
        self._say(str(function.__module__), function.__qualname__, function.__name__)
        self._each((function.__defaults__, function.__kwdefaults__))
        names: set[str] = set()
        is_read = is_of_the_user(str(function.__module__))
        if is_read:
            self._compiled(function.__code__, names)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                self._named(name, cell.cell_contents, names)
            except ValueError:  # nothing is in it yet
                self._say("empty")
        if is_read:
            for name in sorted(names):
                if name in function.__globals__:
                    self._named(name, function.__globals__[name], names)
                elif name in sys.modules:  # what it imports itself
                    self._named(name, sys.modules[name], names)

    def _compiled(self, code: types.CodeType, names: set[str]) -> None:
        """What Python made of a function's source, without lines; ``names`` becomes longer by what it refers to."""
        self._digest.update(code.co_code)
        names.update(code.co_names)
        self._say(*code.co_names, "/", *code.co_varnames, "/", *code.co_freevars)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._compiled(constant, names)
            else:
                self.add(constant)

    def _named(self, name: str, value: Any, names: set[str]) -> None:
        """What a function refers to by a name; of a module of the user's, what is taken from it."""
        self._say("name", name)
        if isinstance(value, types.ModuleType):
            if is_of_the_user(value.__name__) and id(value) not in self._known:
                self._known[id(value)] = len(self._known), value
                for inner in sorted(names & vars(value).keys()):
                    self._named(inner, vars(value)[inner], names)
        else:
            self.add(value)

    def _class(self, value: type) -> None:
        for each in value.__mro__:
            self._say(each.__module__, each.__qualname__)
            if is_of_the_user(each.__module__):
                for name, part in sorted(vars(each).items()):
                    if not name.startswith("__") or isinstance(part, types.FunctionType | staticmethod | classmethod):
                        self._say(name)
                        self.add(part)

    def _object(self, value: Any) -> None:
        self.add(type(value))
        if isinstance(value, nn.Module):
            self._module(value)
        elif isinstance(value, types.SimpleNamespace) or is_of_the_user(type(value).__module__):
            self._each(part for name in sorted(_state(value)) for part in (name, _state(value)[name]))
        elif dataclasses.is_dataclass(value):
            self._each(getattr(value, field.name, None) for field in dataclasses.fields(value))
        elif isinstance(value, Mapping):
            self._each(part for item in value.items() for part in item)
        elif isinstance(value, Sequence):
            self._each(value)
        else:
            self._shown(value)

    def _module(self, module: nn.Module) -> None:
        for name, part in vars(module).items():
            if name in ("_parameters", "training"):  # initial weights are hashed by whoever draws them
                continue
            self._say(name)
            if name.endswith(("_hooks", "_hooks_with_kwargs", "_hooks_always_called")):
                self._each(part.values())  # their keys are counted through the process
            else:
                self.add(part)

    def _shown(self, value: Any) -> None:
        """A thing of an installed package by how it is shown, if that is the same in every process."""
        try:
            text = repr(value)
        except Exception:  # whatever a package raises
            return
        if _ADDRESS.search(text) is None:
            self._say(text)


def _alone(value: object) -> str:
    code = _Code()
    code.add(value)
    return code.hexdigest()


def _state(value: object) -> dict[str, Any]:
    """What an object holds, by name."""
    slots = [name for each in type(value).__mro__ for name in vars(each).get("__slots__", ())]
    return {name: getattr(value, name) for name in slots if hasattr(value, name)} | getattr(value, "__dict__", {})
