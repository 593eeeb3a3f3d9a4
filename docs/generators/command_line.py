"""The reference of the command ``iohnas``, as ``typer utils docs`` writes it."""

import re

import typer
from typer.cli import get_docs_for_click

from experiments.cli import make_app


def page() -> str:
    """The page, in Markdown."""
    command = typer.main.get_command(make_app())
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="iohnas", title="Command line")
    # The list of commands has cut summaries; the table of contents next to the page lists them in full.
    return re.sub(r"\*\*Commands\*\*:\n\n(?:\* .*\n)+\n?", "", text)
