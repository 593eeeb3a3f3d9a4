"""Every example of the README runs as it is printed, one by one, in an empty folder."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

README = Path(__file__).parent.parent / "README.md"


class Example(NamedTuple):
    """One fenced block."""

    language: str
    code: str
    skipped_because: str


def examples() -> list[Example]:
    pattern = r"(?:<!-- not run: (?P<reason>[^>]*) -->\n)?```(?P<language>\w+)\n(?P<code>.*?)```"
    found = re.finditer(pattern, README.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [Example(match["language"], match["code"], match["reason"] or "") for match in found]


@pytest.mark.slow
def test_the_examples_run(tmp_path: Path) -> None:
    environment_bin = Path(sys.executable).parent
    ran = 0
    for example in examples():
        if example.skipped_because or example.language not in ("python", "bash"):
            continue
        if example.language == "python":
            script = tmp_path / f"example_{ran}.py"
            script.write_text(example.code, encoding="utf-8")
            commands = [[sys.executable, str(script)]]
        else:
            lines = example.code.replace("\\\n", " ").splitlines()
            commands = [["bash", "-c", f'PATH="{environment_bin}:$PATH"; {line}'] for line in lines if line.strip()]
        for command in commands:
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{example.code}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
            ran += 1
    assert ran >= 5


def test_pictures_and_files_that_the_readme_names_exist() -> None:
    prose = re.sub(r"```.*?```", "", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#:]+)\)", prose)
    assert links
    for link in links:
        assert (README.parent / link).exists(), link
