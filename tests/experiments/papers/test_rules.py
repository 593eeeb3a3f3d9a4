"""Every claim on every page has the rule that judges it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import experiments.papers

FOLDER = Path(experiments.papers.__file__).parent
FILES = sorted(path for path in FOLDER.rglob("*.py") if "Claim(" in path.read_text(encoding="utf-8"))
_RULE = 5  # its place among the arguments


def claims(path: Path) -> Iterator[ast.Call]:
    """Calls that make a claim."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Claim":
            yield node


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_every_claim_has_a_rule(path: Path) -> None:
    """As the last argument or by its name."""
    for call in claims(path):
        named = [keyword.value for keyword in call.keywords if keyword.arg == "rule"]
        given = [*call.args[_RULE:], *named]
        assert given and not (isinstance(given[0], ast.Constant) and not given[0].value), f"{path}:{call.lineno}"
