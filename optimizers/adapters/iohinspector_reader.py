"""iohinspector's reader of logs, without its plots and indicators, which take three seconds and 170 MB to import."""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

_NAME = "_iohinspector_reader"


def data_manager() -> Any:
    """Iohinspector's ``DataManager``, empty.

    Raises:
        ImportError: iohinspector is not installed.
    """
    return _manager_module().DataManager()


def _manager_module() -> ModuleType:
    """``iohinspector.manager``, in a package of another name that has its files and imports nothing of itself."""
    spec = importlib.util.find_spec("iohinspector")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("iohnas check needs iohinspector: pip install iohinspector")
    if _NAME not in sys.modules:
        package = ModuleType(_NAME)
        package.__path__ = list(spec.submodule_search_locations)
        sys.modules[_NAME] = package
    return importlib.import_module(f"{_NAME}.manager")
