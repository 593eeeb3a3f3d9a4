"""The list of commands is read from their files, and says what the imported commands say."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import command_names, make_app
from experiments.listing import read_command


def test_the_list_of_commands_is_that_of_the_imported_ones() -> None:
    listed, imported = (
        CliRunner().invoke(app, ["--help"], terminal_width=100, color=False).output
        for app in (make_app(only_listed=True), make_app())
    )
    assert sorted(listed.splitlines()) == sorted(imported.splitlines())  # groups come last among imported ones
    assert all(f"│ {name} " in listed for name in command_names())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["no-such-command"], []])
def test_it_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from experiments.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit:\n"
        "    print([name for name in ('numpy', 'nas_problems', 'pandas', 'matplotlib') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize(
    "body", ["", "PANEL = 'x'\ndef register(app):\n    app.command('a', rich_help_panel=PANEL)(f)\n"]
)
def test_a_file_that_says_it_in_another_way_is_imported(tmp_path: Path, body: str) -> None:
    path = tmp_path / "command.py"
    path.write_text(body)
    assert read_command(path) is None
