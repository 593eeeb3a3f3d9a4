"""Whether torch is installed, and a device is there; the module itself does not import torch."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nas_problems.exception import describe

if TYPE_CHECKING:
    import torch


def check_torch(what: str) -> None:
    """Say what is missing, before any work is started.

    Args:
        what: What needs torch, for the message: "building a table".

    Raises:
        ImportError: torch is not installed; the message has the command that installs it.
    """
    if find_spec("torch") is None:
        raise ImportError(f"torch is not installed, and {what} needs it: pip install torch==2.13.0")


def import_torchvision(module: str, what: str) -> Any:
    """A module of torchvision.

    Args:
        module: Its name: ``datasets`` or ``transforms``.
        what: What needs it, for the message: "cifar10".

    Raises:
        ImportError: torchvision is not installed, or was built for another torch.
    """
    try:
        import_module(f"torchvision.{module}")
        return getattr(import_module("torchvision"), module)
    except (ImportError, RuntimeError) as error:  # the latter where it was built for another torch
        wanted = "pip install torch==2.13.0 torchvision==0.28.0"
        raise ImportError(f"{what} needs torchvision: {wanted} ({describe(error)})") from error


def check_device(name: str) -> "torch.device":
    """The device of a name.

    Raises:
        ValueError: No name of a device, or one that is not there.
    """
    import torch

    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"device: wanted cpu, cuda or cuda:1, found {name!r}") from error
    n = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= n:
        raise ValueError(f"device: wanted one that torch finds here, which is cpu and {n} of cuda, found {name!r}")
    return device
