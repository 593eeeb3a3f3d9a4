"""``iohnas table``: a tiny table from the command line, verified, and modelled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import nas_problems
from experiments.cli import make_app
from nas_problems.network.skeleton import CellSkeleton
from nas_problems.table.file import read_table

SMALL = ["--first", "4", "--stack", "2", "--epochs", "1", "--with", "channels=2", "--with", "batch_size=250"]


def call(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(make_app(["table"]), ["table", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_build_and_verify(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="building a table needs torch: pip install torch==2.13.0")
    out = tmp_path / "t.npz"
    built = call("build", *SMALL, "--out", out, "--keep")
    assert built.exit_code == 0 and "4 candidates, 1 seed; 0 of 4 done" in built.stdout
    assert "[4/4] measure/0001: about 0 seconds left" in built.stdout
    table = read_table(out)
    assert isinstance(table.plan.skeleton, CellSkeleton) and table.plan.skeleton.channels == 2
    assert table.plan.protocol.batch_size == 250
    text = out.with_suffix(".md").read_text()
    assert "--with batch_size=250 --with channels=2 --first 4 --out t.npz" in text
    again = call("build", *SMALL, "--out", out)
    assert again.exit_code == 0 and "4 of 4 done" in again.stdout
    assert read_table(out).checksum == table.checksum and not out.with_name("t.npz.parts").exists()
    verified = call("verify", out, "--n", "2")
    assert verified.exit_code == 0 and "2 of 2 candidates are equal at every fidelity" in verified.stdout


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from experiments.cli import main
main(["table", "build", *sys.argv[2:]])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes have no such limit there")
def test_a_full_disk_keeps_the_finished_parts_and_leaves_no_half_table(tmp_path: Path) -> None:
    """A limit on files stands for the disk: first no part can be written, then all parts, but not the table."""
    pytest.importorskip("torch", reason="building a table needs torch: pip install torch==2.13.0")
    out, small = tmp_path / "t.npz", [*SMALL, "--first", "2"]
    # Python 3.11 takes half a compiled module, which is all that the limit lets it write, for a whole one.
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    left = []
    for n_bytes in (2500, 3400):  # a part has 3,000 bytes, the table 3,600
        command = [sys.executable, "-c", LIMITED, str(n_bytes), *small, "--out", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert (done.returncode, done.stderr) == (
            2,
            f"iohnas: {tmp_path}: a file grew larger than a process may write; finished parts are kept; "
            "the same command goes on with what is left\n",
        )
        left.append({path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()})
    parts = {"t.npz.parts/plan.json", "t.npz.parts/seed-0/0000.npz", "t.npz.parts/measure/0000.npz"}
    assert left == [{"t.npz.parts/plan.json"}, parts]
    again = call("build", *small, "--out", out)
    assert again.exit_code == 0 and "2 of 2 done" in again.stdout
    assert len(read_table(out).codes) == 2


def test_surrogate_of_a_problem(tmp_path: Path) -> None:
    found = call("surrogate", "mlp-car", "--out", tmp_path / "s.npz", "--n", "50", "--trees", "3")
    assert found.exit_code == 0 and "predicts validation_accuracy as recorded" in found.stdout
    assert "ensemble  best " in found.stdout and "Kendall" in found.stdout


def test_a_csv_as_a_problem(tmp_path: Path) -> None:
    csv, out = tmp_path / "tries.csv", tmp_path / "tries.toml"
    csv.write_text("rate,kind,loss\n0.1,a,3\n0.01,b,1\n0.5,a,2\n")
    found = call("frame", csv, "--metric", "loss", "--out", out)
    assert found.exit_code == 0 and f"{out}: tries, loss, 3 candidates; nearest (gower)" in found.stdout
    assert "kind       categorical  a, b\n" in found.stdout and "rate       ordinal      0.01, 0.1, 0.5" in found.stdout
    assert "active where" not in found.stdout
    csv.write_text("model,rate,loss\nsvm,,3\nmlp,0.5,1\nforest,,2\nmlp,0.1,4\n")
    found = call("frame", csv, "--metric", "loss", "--out", out)
    assert "model      categorical  forest, mlp, svm" in found.stdout and "0.1, 0.5          model=mlp" in found.stdout
    optimum = nas_problems.make(str(out)).optimum
    assert optimum is not None and optimum.y == 1.0
    wrong = call("frame", csv, "--metric", "los", "--out", tmp_path / "none.toml")
    assert wrong.exit_code == 2 and not (tmp_path / "none.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--epochs", "one"], "--epochs: wanted numbers like 1,3,9,27, found 'one'"),
        (["build", "--with", "colour=3"], "--with: wanted NAME=VALUE of protocol or skeleton, found 'colour=3'"),
        (["build", "--with", "channels=many"], "--with channels: wanted a value like 8, found 'many'"),
        (["build", "--space", "nb301"], "unknown space 'nb301'"),
        (["surrogate", "mlp-cat"], "unknown problem 'mlp-cat'; the nearest names are mlp-car"),
        (["surrogate", "none.npz"], "none.npz"),
    ],
)
def test_wrong_input_is_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = call(*arguments, "--out", tmp_path / "x.npz")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("iohnas: ") and message in line
