"""The plug-ins of a study: ``versions.toml`` has their names, and an error that wants one of them names it."""

import shlex
from collections.abc import Mapping

from experiments.folder.study_folder import StudyFolder
from experiments.study import Plan, Study
from nas_problems.toml_text import load_toml
from optimizers.regular_file import read_regular

_LARGEST = 2**24  # bytes of versions.toml


def plugins_of(folder: StudyFolder) -> tuple[str, ...]:
    """Names of the Python files that the sessions of a study imported; empty where that is not known."""
    return tuple(digests_of(folder))


def digests_of(folder: StudyFolder) -> Mapping[str, set[str]]:
    """The same, each with the digests of its content, as far as they are known."""
    try:
        versions = load_toml(read_regular(folder.path / "versions.toml", limit=_LARGEST))
    except (OSError, ValueError):
        return {}
    sessions = versions.get("session")
    digests: dict[str, set[str]] = {}
    for session in sessions if isinstance(sessions, list) else ():
        names, noted = _texts(session, "plugins"), _texts(session, "plugin_digests")
        for name in names:
            digests.setdefault(name, set())
        if len(names) == len(noted):
            for name, digest in zip(names, noted, strict=True):
                digests[name].add(digest)
    return digests


def _texts(session: object, name: str) -> list[str]:
    listed = session.get(name) if isinstance(session, dict) else None
    return [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []


def plan_of(study: Study, folder: StudyFolder) -> Plan:
    """The runs of a study, whose problems and solvers may come from plug-ins.

    Args:
        study: The study in the folder, or one that extends it.
        folder: Knows which plug-ins the study was run with.

    Raises:
        KeyError: An unknown problem, solver or initializer; the message has the nearest names, and the
            plug-ins that may register it.
        ValueError: See ``Study.plan``.
    """
    try:
        return study.plan()
    except KeyError as error:
        names = plugins_of(folder)
        if not names:
            raise
        flags = " ".join(f"--import {shlex.quote(name)}" for name in names)
        raise KeyError(f"{error.args[0]}; this study was run with plug-ins: give {flags}") from error
