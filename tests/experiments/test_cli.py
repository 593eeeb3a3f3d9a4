"""The command line, as a user meets it outside a terminal."""

import importlib
import inspect
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import nas_problems
import optimizers
from experiments.cli import command_names, make_app
from experiments.executor import Failure
from experiments.folder import StudyFolder
from experiments.folder.record import RunRecord
from experiments.process import PROCESS
from experiments.study import Study

TINY = ["--problems", "tiny-table", "--budget", "5", "--runs", "2", "--executor", "serial"]


def call(*arguments: str | Path) -> Result:
    """Run a command line in this process; whatever happens, there is no traceback."""
    result = CliRunner().invoke(make_app(), [str(argument) for argument in arguments], prog_name="iohnas")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def succeed(*arguments: str | Path) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def fail(*arguments: str | Path) -> str:
    """The one line of an error."""
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("iohnas: ")
    return line.removeprefix("iohnas: ")


def test_every_command_is_there_and_explains_itself() -> None:
    assert {"check", "data", "demo", "list", "merge", "report", "run", "status"} <= set(command_names())
    text = succeed("--help")
    for name in command_names():
        assert name in text
    assert "--budget" in succeed("run", "--help")


@pytest.mark.parametrize("command", command_names())
def test_help_shows_what_stands_in_brackets(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich takes unescaped brackets for markup and leaves them out."""
    monkeypatch.setenv("COLUMNS", "1000")
    shown = succeed(command, "--help")
    for variant in {"diagnose": ["NAME[fidelity"], "footprint": ["NAME[noise"], "report": ["[default: FOLDER"]}.get(
        command, []
    ):
        assert variant in shown
    module = importlib.import_module(f"experiments.commands.{command}")
    assert not re.search(r'help="[^"]*(?<!\\\\)\[', inspect.getsource(module))
    monkeypatch.setenv("COLUMNS", "80")
    assert "…" not in succeed(command, "--help")  # an example is cut where it is too long for its column


def test_a_group_alone_shows_its_commands_and_no_error() -> None:
    result = call("data")
    assert (result.exit_code, result.stderr) == (2, "")
    assert "fetch" in result.stdout


def test_version() -> None:
    assert succeed("--version").startswith("iohnas ")


def test_a_list_of_problems_says_how_large_they_are() -> None:
    lines = {line.split()[0]: line for line in succeed("list", "problems").splitlines()}
    assert lines["nb201-cifar10"].split()[1:4] == ["nas201", "6", "15,625"]
    assert lines["knn-wine"].split()[1:4] == ["live", "7", "continuous"]
    assert lines["nb101-cifar10"].split()[1:4] == ["nas101", "26", "5.1e8"]
    assert lines["problem"].split() == ["problem", "suite", "d", "size", "files", "what", "it", "is"]


def test_a_list_of_problems_says_whether_their_files_are_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))
    monkeypatch.delenv("IOHNAS_DATA", raising=False)
    lines = {line.split()[0]: line.split() for line in succeed("list", "problems").splitlines()}
    assert lines["macro-cifar10"][4] == "fetch" and lines["nb101-full"][4] == "import"
    assert lines["fcnet-naval"][4] == "here" and lines["nb201-digits"][4] == "NAS-Bench-201"


def test_lists() -> None:
    assert "nb201-cifar10  " in succeed("list", "problems")
    assert "variant=all-neighbours" in succeed("list", "solvers")
    assert "uniform" in succeed("list", "initializers")
    assert "demo" in succeed("list", "suites")
    names = [line.split()[0] for line in succeed("list", "problems", "--all").splitlines()]
    assert names.index("nb201-cifar10") < names.index("bbob-f1") == names.index("bbob-f2") - 1  # f10 is after f9
    assert fail("list").endswith(", executors, suites, found nothing")
    assert fail("list", "solver") == (
        "list: wanted one of problems, solvers, one-shot, initializers, features, indicators, surrogates, executors, "
        "suites, found 'solver'"
    )


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("one-shot", "darts  .*learning_rate=|darts  .*="),
        ("features", r"dispersion  .*disp\.diff_mean_02"),
        ("indicators", "epsilon  +additive epsilon"),
        ("surrogates", "linear  "),
        ("executors", "slurm  "),
    ],
)
def test_what_else_can_be_plugged_in_is_listed(kind: str, line: str) -> None:
    assert re.search(line, succeed("list", kind))


def test_plain_output_is_not_cut() -> None:
    lines = succeed("list", "suites", "--all").splitlines()
    assert all(line.split("  ", 1)[1].strip() for line in lines)
    assert not any("\x1b" in line or line != line.rstrip() for line in lines)


def test_a_study_from_start_to_end(plugin: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    solvers = "random-search,local-search[n_starts=2,variant=query-until-lower]"
    text = succeed("run", *TINY, "--solvers", solvers, "--out", out, "--zip", "--noise", "mean,sampled")
    assert "[8/8]" in text
    assert "8 of 8 runs are finished, 0 failed" in text
    assert f"iohnas report {out}" in text
    assert zipfile.is_zipfile(out / "ioh" / "random-search.zip")
    assert "our reader and iohinspector see the same runs, evaluations and best values" in succeed("check", out)
    assert "8 of 8 runs are finished, 0 are left, 0 failed" in succeed("status", out)
    text = succeed("report", out)
    assert "tiny-table.sampled  local-search.n_starts-2.variant-query-until-lower" in text
    assert (out / "report" / "convergence.png").read_bytes().startswith(b"\x89PNG")
    assert f"{out / 'ioh' / 'random-search'}\n" in succeed("merge", out)
    assert not (out / "ioh" / "random-search.zip").exists()
    assert f"{tmp_path / 'all' / 'random-search'}\n" in succeed("merge", tmp_path, "--out", tmp_path / "all")
    assert "wanted the folder of one study, or --out" in fail("merge", out, out)


def test_a_study_goes_on_and_grows(plugin: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    succeed("run", *TINY, "--solvers", "random-search", "--out", out)
    text = succeed("run", "--out", out, "--executor", "serial")
    assert "2 of 2 runs were finished before" in text
    text = succeed("run", "--out", out, "--executor", "serial", "--runs", "4", "--instances", "1-2")
    assert "2 of 8 runs were finished before" in text
    assert StudyFolder.open(out).study.runs == 4
    assert "budget: wanted 5, found 6" in fail("run", "--out", out, "--budget", "6")
    assert StudyFolder.open(out).study.budget == 5


def test_flags_and_a_file_make_the_same_study(plugin: Path, tmp_path: Path) -> None:
    flags = ["--solvers", "random-search", "--seed", "7", "--noise", "seed-1", "--instances", "2", "--fidelity", "3"]
    succeed("run", *TINY, *flags, "--initializers", "uniform", "--out", tmp_path / "a")
    study = StudyFolder.open(tmp_path / "a").study
    assert study == Study(
        problems=("tiny-table",),
        solvers=("random-search",),
        budget=5,
        runs=2,
        seed=7,
        noise=("seed-1",),
        instances=(2,),
        fidelity=3.0,
    )
    succeed("run", tmp_path / "a" / "study.toml", "--out", tmp_path / "b", "--executor", "serial")
    assert StudyFolder.open(tmp_path / "b").study == study
    logs = [sorted((tmp_path / name / "ioh").rglob("*.dat")) for name in "ab"]
    assert [path.read_bytes() for path in logs[0]] == [path.read_bytes() for path in logs[1]]


def test_a_suite_names_problems_and_logs(plugin: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    flags = ["--solvers", "random-search", "--budget", "3", "--runs", "1", "--executor", "serial"]
    succeed("run", "--suite", "tiny", *flags, "--out", out)
    study = StudyFolder.open(out).study
    assert (study.suite, set(study.problems)) == ("tiny", {"tiny-table", "tiny-flaky", "tiny-mixed"})


def test_runs_that_fail_give_exit_code_1(plugin: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    result = call("run", *TINY, "--solvers", "raises,random-search", "--out", out)
    assert result.exit_code == 1
    assert "failed: tiny-table/raises/i1-s1: RuntimeError: this solver" in result.stdout
    assert "2 of 4 runs are finished, 2 failed" in result.stdout
    text = succeed("status", out)
    assert "failed 2 times: tiny-table/raises/i1-s2: RuntimeError: this solver" in text
    assert "raises" in succeed("report", out)
    assert succeed("check", out)


def test_an_imported_file_is_imported_in_the_processes_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "import optimizers\n"
        "optimizers.solvers.register('mine', summary='mine', family='mine')("
        "optimizers.solvers['random-search'].factory)\n"
    )
    command = [sys.executable, "-c", "from experiments.cli import main; main()", "run", "--problems", "nb201-cifar10"]
    command += [
        "--solvers",
        "mine",
        "--budget",
        "4",
        "--runs",
        "2",
        "--import",
        str(path),
        "--out",
        str(tmp_path / "o"),
    ]
    done = subprocess.run([*command, "--workers", "1"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 runs are finished" in done.stdout


WRONG = [
    (["--problems", "tiny-tabel"], "unknown problem 'tiny-tabel'; the nearest names are tiny-table"),
    (["--solvers", "random-serch"], "random-search"),
    (["--solvers", "local-search[varant=x]"], "did you mean variant?"),
    (["--solvers", ""], "solvers: wanted a list of str, found []"),
    (["--suite", "tinny"], "unknown suite 'tinny'; the nearest names are tiny"),
    (["--budget", "0"], "budget: wanted an integer >= 1, found 0"),
    (["--budget", "many"], "'many'"),
    (["--budget=many"], "'many'"),
    (["--runs", "-1"], "runs: wanted an integer >= 1, found -1"),
    (["--noise", "loud"], "noise: wanted 'mean', 'sampled', 'seed-<k>' or 'scaled:<x>', found 'loud'"),
    (["--instances", "one"], "instances: wanted numbers like 1,2 or 1-5, found 'one'"),
    (["--instances", "5-1"], "instances: wanted numbers like 1,2 or 1-5, found '5-1'"),
    (["--instances", "0"], "instance: wanted an integer in 1 ... 65535, found 0"),
    (["--initializers", "unifrom"], "uniform"),
    (["--fidelity", "5"], "fidelity: tiny-table knows (3, 12), found epochs=5.0"),
    (["--executor", "cloud"], "unknown executor 'cloud'; the nearest names are slurm, local"),
    (["--workers", "2"], "executor: serial has no --workers"),
    (["--import", "absent.py"], "import: wanted a Python file, found absent.py"),
    (["absent.toml"], "absent.toml: No such file or directory"),
    (["--budgets", "3"], "No such option: --budgets"),
]


@pytest.mark.parametrize(("flags", "message"), WRONG, ids=[" ".join(flags) for flags, _ in WRONG])
def test_wrong_input_is_one_line_and_nothing_is_written(
    flags: list[str], message: str, plugin: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "study"
    assert message in fail("run", *TINY, "--solvers", "random-search", "--out", out, *flags)
    assert not out.parent.exists()


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert "--out" in fail("run", "--problems", "nb201-cifar10")
    assert "wanted STUDY.toml, or --problems" in fail("run", "--out", tmp_path / "new")
    assert fail("lst") == "No such command 'lst'. Did you mean 'list'? See iohnas --help"
    assert "wanted the folder of a study, or of IOHprofiler logs, found neither" in fail("check", tmp_path)
    for command in ("status", "report", "merge"):
        assert "wanted the folder of a study" in fail(command, tmp_path)
    assert "wanted an existing folder" in fail("check", tmp_path / "absent")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "study.toml").write_text("")
    assert "wanted one study, found 2 studies: a, b; check one at a time" in fail("check", tmp_path)


def test_folders_that_cannot_be_used(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    flags = [*TINY, "--solvers", "random-search", "--out"]
    assert "found other files" in fail("run", *flags, tmp_path)
    assert "found other files" in fail("run", *flags, tmp_path / "notes.txt")
    assert "notes.txt" in fail("run", *flags, tmp_path / "notes.txt" / "study")


def test_a_read_only_folder(plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    out = tmp_path / "study"
    assert fail("run", *TINY, "--solvers", "random-search", "--out", out) == (
        f"{out}: you may not write here; iohnas status and iohnas check read what is there"
    )


def test_a_study_without_finished_runs_has_a_report_that_says_so(study: Study, tmp_path: Path) -> None:
    folder = StudyFolder.prepare(tmp_path / "study", study)
    assert "no run has finished yet" in succeed("report", folder.path)
    assert "No run has finished" in (folder.path / "report" / "index.html").read_text()
    assert "0 of 16 runs are finished, 16 are left" in succeed("status", folder.path)
    assert "note: no run has finished yet" in succeed("check", folder.path)


def test_check_gives_exit_code_1_and_names_the_file(finished: StudyFolder) -> None:
    path = next(finished.runs_path.rglob("*.dat"))
    path.write_bytes(path.read_bytes()[:-2])
    result = call("check", finished.path)
    assert result.exit_code == 1
    assert f"{path}: truncated" in result.stdout


def test_an_interrupt_says_how_to_go_on(plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **options: object) -> Failure:
        os.kill(os.getpid(), signal.SIGINT)
        return Failure("not reached")

    monkeypatch.setattr("experiments.session.execute", interrupted)
    result = call("run", *TINY, "--solvers", "random-search", "--import", plugin, "--out", tmp_path / "my study")
    assert result.exit_code == 130
    assert "stopped with 2 of 2 runs left to do" in result.stdout
    assert f"continue with: iohnas run --out '{tmp_path}/my study' --import {plugin}" in result.stdout


def test_functions_that_workers_cannot_be_sent_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    plugin = tmp_path / "inner.py"
    plugin.write_text(
        "import nas_problems\n"
        "from nas_problems import Integer, SearchSpace, from_function\n\n\n"
        '@nas_problems.register("inner", summary="a lambda", family="mine")\n'
        "def make():\n"
        '    space = SearchSpace((Integer("a", 0, 9),))\n'
        '    return from_function(lambda config: config["a"], space, name="inner", function_id=30_009)\n'
    )
    flags = [
        "--problems",
        "inner",
        "--solvers",
        "random-search",
        "--budget",
        "2",
        "--runs",
        "1",
        "--import",
        str(plugin),
    ]
    out = tmp_path / "study"
    wanted = "evaluations: the evaluator cannot be sent to other processes"
    try:
        for spread in (["--parallel", "evaluations"], ["--evaluation-limit", "9"]):
            assert fail("run", *flags, "--workers", "2", *spread, "--out", out).startswith(wanted)
            assert not out.exists()
        succeed("run", *flags, "--workers", "1", "--out", out)
    finally:
        nas_problems.problems.unregister("inner")
        PROCESS.forget()


def test_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With tables only, a tiny budget and one process."""
    monkeypatch.setattr("experiments.commands.demo.DEMO", ("nb201-cifar10", "fcnet-protein"))
    out = tmp_path / "demo"
    text = succeed("demo", "--out", out, "--budget", "8", "--runs", "1", "--workers", "1")
    assert "8 of 8 runs are finished, 0 failed" in text
    assert (out / "report" / "ecdf.png").exists()
    assert (out / "ioh" / "cma-es.zip").exists()
    assert f"iohnas run --out {out} --runs 2" in text


def test_a_dry_run_says_what_would_be_done_and_where(plugin: Path, tmp_path: Path) -> None:
    """Runs, jobs and the script of a job; nothing is written or started."""
    flags = [*TINY, "--solvers", "random-search", "--out", str(tmp_path / "study"), "--dry-run"]
    assert "of 1 solver on 1 problem with" in succeed("run", *flags)
    queue = ["--executor", "slurm", "--workers", "6", "--options", "cores=4,memory=8GB,walltime=01:00:00"]
    text = succeed("run", *flags, *queue)
    assert "2 jobs of slurm for 6 workers" in text and "#SBATCH -t 01:00:00" in text
    assert "unknown option 'que'" in fail("run", *flags, *queue[:-1], "cores=4,memory=8GB,que=gpu")
    assert not (tmp_path / "study").exists()


def test_a_dry_run_refuses_what_a_run_refuses(plugin: Path, tmp_path: Path) -> None:
    flags = [*TINY, "--solvers", "random-search", "--out", str(tmp_path / "study"), "--runs", "1"]
    succeed("run", *flags, "--budget", "3", "--executor", "serial")
    refused = fail("run", *flags, "--budget", "4", "--dry-run")
    assert "holds another study: budget: wanted 3, found 4; take another folder, or give all that the study" in refused
    assert "2 runs of 1 solver on 1 problem with 3 evaluations each, 1 finished: " in succeed(
        "run", *flags, "--budget", "3", "--runs", "2", "--dry-run"
    )


def test_runs_that_end_before_their_budget_say_so(tmp_path: Path) -> None:
    flags = [
        "--problems",
        "nb201-cifar10",
        "--solvers",
        "random-search",
        "--runs",
        "1",
        "--out",
        str(tmp_path / "study"),
    ]
    text = succeed("run", *flags, "--budget", "40", "--budget-seconds", "20000", "--executor", "serial")
    assert re.search(r"i1-s1: regret [.\d]+ after \d+ of 40 evaluations in ", text)


def test_solvers_that_have_no_fidelities_to_choose(tmp_path: Path) -> None:
    flags = ["--problems", "mlp-car,nb201-digits", "--solvers", "asha,random-search", "--dry-run"]
    text = succeed("run", *flags, "--out", tmp_path / "study")
    assert "mlp-car has one fidelity, epochs 243: there asha can only draw and evaluate candidates in full" in text
    assert "nb201-digits has" not in text
    assert "nb201-digits.epochs-1 has one fidelity, epochs 1: " in succeed(
        "run", "--problems", "nb201-digits", *flags[2:], "--fidelity", "1", "--out", tmp_path / "study"
    )


def test_what_problems_lack_is_said_once_before_anything_runs(
    plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that training wants is not a failure of every run."""
    monkeypatch.setattr("nas_problems.network.available.find_spec", lambda name: None)
    flags = ["--problems", "tiny-table,train-mlp-digits", "--solvers", "random-search", "--budget", "2", "--runs", "3"]
    assert fail("run", *flags, "--out", tmp_path / "study").startswith("torch is not installed, and training a network")
    assert not (tmp_path / "study").exists()


def test_a_study_file_names_what_it_starts_from(plugin: Path, tmp_path: Path) -> None:
    """Relative to the file; the folder keeps a copy, with which it goes on when the file is gone."""
    history = tmp_path / "h.csv"
    optimizers.run("random-search", "tiny-table", budget=9, seed=1).frame().to_csv(history, index=False)
    path, out = tmp_path / "study.toml", tmp_path / "out"
    path.write_text('problems = ["tiny-table"]\nsolvers = ["local-search"]\nbudget = 5\nwarm_start = "h.csv"\n')
    succeed("run", path, "--out", out, "--executor", "serial")
    assert (out / "warm-start.csv").read_bytes() == history.read_bytes()
    (path_of_run,) = out.rglob("run.toml")
    record = RunRecord.read(path_of_run.parent)
    assert record.key == f"{record.problem}/{record.algorithm}/{path_of_run.parent.name}"
    history.unlink()
    assert "2 of 2 runs are finished" in succeed("run", "--out", out, "--runs", "2", "--executor", "serial")
    assert "h.csv" in fail("run", path, "--out", tmp_path / "other")
    with pytest.raises(ValueError, match="target: wanted a warm_start whose column it is, found 'loss' alone"):
        Study(("tiny-table",), ("local-search",), budget=5, target="loss")


def test_a_study_file_is_continued_from_another_directory(
    plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it starts from has another path there, and the same content; another content is refused."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    history = here / "h.csv"
    optimizers.run("random-search", "tiny-table", budget=9, seed=1).frame().to_csv(history, index=False)
    text = 'problems = ["tiny-table"]\nsolvers = ["local-search"]\nbudget = 5\nwarm_start = "h.csv"\n'
    (here / "study.toml").write_text(text)
    monkeypatch.chdir(here)
    succeed("run", "study.toml", "--out", "out", "--executor", "serial")
    begun = (here / "out" / "study.toml").read_text()
    monkeypatch.chdir(there)
    words = ("--out", "../here/out", "--executor", "serial")
    assert "1 of 1 runs are finished" in succeed("run", "../here/study.toml", *words)
    assert (here / "out" / "study.toml").read_text() == begun
    (here / "study.toml").write_text(text + "runs = 2\n")
    assert "2 of 2 runs are finished" in succeed("run", "../here/study.toml", *words)
    optimizers.run("random-search", "tiny-table", budget=9, seed=2).frame().to_csv(there / "other.csv", index=False)
    (there / "study.toml").write_text(text.replace("h.csv", "other.csv") + "runs = 2\n")
    assert "warm_start: wanted" in fail("run", "study.toml", *words)


def test_shells_complete_commands_and_options() -> None:
    """In a fresh process, as shells ask."""
    for typed, position, wanted in (("iohnas me", 1, "merge"), ("iohnas run --dry", 2, "--dry-run")):
        asked = {"_IOHNAS_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(position)}
        command = [sys.executable, "-c", "from experiments.cli import main; main()"]
        done = subprocess.run(command, env=os.environ | asked, capture_output=True, text=True, check=False)
        assert done.stdout.split() == [wanted]


def test_solvers_that_would_leave_workers_idle_are_named(plugin: Path, tmp_path: Path) -> None:
    """Those that were told to ask for fewer candidates than there are workers; others ask for as many by themselves."""
    solvers = ["--solvers", "optuna-tpe[batch_size=2],bananas,aging-evolution[batch_size=4]"]
    flags = ["--problems", "tiny-table", "--budget", "5", *solvers, "--workers", "3", "--out", str(tmp_path / "study")]
    text = succeed("run", *flags, "--parallel", "evaluations", "--dry-run")
    assert "optuna-tpe[batch_size=2] asks for 2 candidates at a time" in text
    assert "bananas asks" not in text and "aging-evolution" not in text
