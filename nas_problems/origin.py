"""Whose code a module or a file is: ours, that of Python and installed packages, or the user's."""

import os
import sys
import sysconfig

OURS = frozenset({"nas_problems", "optimizers", "ela", "experiments"})
"""Our packages."""

_PATHS = sysconfig.get_paths()  # once, by the first import: two threads at a time fail in Python 3.13.0
_INSTALLED = tuple(f"{_PATHS[name]}{os.sep}" for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def is_installed(path: str) -> bool:
    """Whether a file belongs to Python or to an installed package."""
    return path.startswith(_INSTALLED) or f"{os.sep}site-packages{os.sep}" in path


def is_of_the_user(module: str) -> bool:
    """Whether a module, by name, is neither ours nor Python's nor installed; one that nobody has imported is.

    >>> is_of_the_user("__main__"), is_of_the_user("json.decoder"), is_of_the_user("nas_problems.origin")
    (True, False, False)
    """
    top = module.partition(".")[0]
    if top == "__main__":
        return True
    if top in OURS or top in sys.stdlib_module_names:
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    return not (file is not None and is_installed(file))
