"""Griffe extension: doctests of docstrings become code blocks, which Markdown would take for quotations."""

from typing import Any, cast

import griffe


class Doctests(griffe.Extension):
    """Puts every paragraph that starts with ``>>>`` into a fence."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Change the docstrings of a loaded package."""
        _fence_all(pkg)


def _fence_all(obj: griffe.Object) -> None:
    if obj.docstring is not None:
        obj.docstring.value = fence(obj.docstring.value)
    for member in obj.members.values():
        if not member.is_alias:
            _fence_all(cast(griffe.Object, member))


def fence(text: str) -> str:
    """A docstring with its doctests in fences."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(f"```pycon\n{each}\n```" if each.startswith(">>> ") else each for each in paragraphs)
