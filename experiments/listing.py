"""What the list of commands says of each one, read from its file without importing it.

Commands import the libraries that they need, which takes seconds; a list of them should not.
"""

import ast
from pathlib import Path


def read_command(path: Path) -> tuple[str, str] | None:
    """Help and panel of the command or group of commands that a file registers; None: it says so in another way.

    Args:
        path: A file with ``app.command(..., rich_help_panel=PANEL)(function)``, whose docstring is the help, or
            with ``typer.Typer(help=HELP)`` and ``app.add_typer(..., rich_help_panel=PANEL)``.

    Raises:
        OSError, SyntaxError: The file cannot be read.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {node.name: ast.get_docstring(node) for node in tree.body if isinstance(node, ast.FunctionDef)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    panels = [value for call in calls if (value := _keyword(call, "rich_help_panel", of="app"))]
    helps = [value for call in calls if (value := _keyword(call, "help", of="typer"))]
    if not helps:
        names = [call.args[0].id for call in calls if _is_registration(call) and isinstance(call.args[0], ast.Name)]
        helps = [docstring for name in names if (docstring := docstrings.get(name))]
    return (helps[0], panels[0]) if len(helps) == len(panels) == 1 else None


def _is_registration(call: ast.Call) -> bool:
    """Whether a call is ``app.command(...)(function)``."""
    return isinstance(call.func, ast.Call) and _owner(call.func) == ("app", "command") and len(call.args) == 1


def _keyword(call: ast.Call, name: str, *, of: str) -> str | None:
    """A literal string that is an argument of ``app.command``, ``app.add_typer`` or ``typer.Typer``."""
    if _owner(call) not in ((of, "command"), (of, "add_typer"), (of, "Typer")):
        return None
    values = [each.value for each in call.keywords if each.arg == name and isinstance(each.value, ast.Constant)]
    return values[0].value if values and isinstance(values[0].value, str) else None


def _owner(call: ast.Call) -> tuple[str, str]:
    """``app`` and ``command`` of ``app.command(...)``."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id, function.attr
    return "", ""
