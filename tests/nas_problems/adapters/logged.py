"""Loggers of ioh, and what they have written."""

from pathlib import Path
from typing import Any

import ioh
from iohinspector import DataManager

ALWAYS = ioh.logger.trigger.ALWAYS


def analyzer(folder: Path, *triggers: Any) -> Any:
    return ioh.logger.Analyzer(
        triggers=list(triggers) or [ALWAYS],
        root=str(folder),
        folder_name="log",
        algorithm_name="test",
        store_positions=True,
    )


def read_back(folder: Path) -> Any:
    manager = DataManager()
    manager.add_folder(str(folder))
    return manager.load(monotonic=False, include_meta_data=True)
