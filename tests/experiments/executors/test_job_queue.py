"""SLURM and PBS: the job scripts, and a study with a queue that starts its jobs at once."""

import sys
from collections import deque
from contextlib import closing
from pathlib import Path

import pytest

from experiments.executor import Settings, make_executor
from experiments.executors.job_queue import job_of, queue_cluster
from experiments.text.executor import parse_pairs
from tests.experiments.executors.units import work

OPTIONS = parse_pairs(
    "queue=gpu,cores=4,memory=16GB,walltime=02:00:00,job_extra_directives=[--gres=gpu:1,--exclusive]", "options"
)


def script(kind: str, settings: Settings) -> list[str]:
    with closing(queue_cluster(kind, settings)) as cluster:
        return str(cluster.job_script()).splitlines()


def test_the_job_of_slurm() -> None:
    lines = script("SLURMCluster", Settings(options=OPTIONS, resources={"GPU": 1.0}))
    directives = {line for line in lines if line.startswith("#SBATCH")}
    assert directives >= {
        "#SBATCH -p gpu",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=15G",
        "#SBATCH -t 02:00:00",
        "#SBATCH --gres=gpu:1",
        "#SBATCH --exclusive",
    }
    (command,) = (line for line in lines if "dask_worker" in line)
    assert command.startswith(f"{sys.executable} -m distributed.cli.dask_worker tcp://")
    assert "--nthreads 1 " in command and "--nworkers 4 " in command
    assert command.endswith("--resources GPU=1")


def test_the_job_of_pbs() -> None:
    lines = script("PBSCluster", Settings(options={**OPTIONS, "processes": "2", "job_extra_directives": "[-A me]"}))
    assert {"#PBS -q gpu", "#PBS -l select=1:ncpus=4:mem=15GB", "#PBS -l walltime=02:00:00", "#PBS -A me"} <= {*lines}
    (command,) = (line for line in lines if "dask_worker" in line)
    assert "--nthreads 2 " in command and "--nworkers 2 " in command and "--resources" not in command


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cores": "1"}, "wanted cores=... and memory=... of a job, found no memory"),
        ({"cores": "1", "memory": "1GB", "que": "gpu"}, "unknown option 'que' of SLURMCluster; did you mean queue"),
        ({"cores": "1", "memory": "1GB", "extra": "x"}, "unknown option 'extra'"),
        ({"cores": "many", "memory": "1GB"}, "cores: wanted a number >= 1, found 'many'"),
        ({"cores": "0", "memory": "1GB"}, "cores: wanted a number >= 1, found '0'"),
        ({"cores": "1", "memory": "much"}, "memory: wanted an amount such as 16GB, found 'much'"),
        ({"cores": "1", "memory": "1GB", "interface": "no-net"}, "cannot be made of them: .*'no-net' is not a valid"),
    ],
)
def test_wrong_options(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_executor("slurm", Settings(workers=2, options=options))


def test_the_number_of_workers_is_wanted() -> None:
    with pytest.raises(ValueError, match="pbs wants --workers N"):
        make_executor("pbs", Settings(options=OPTIONS))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a queue of shell scripts")
def test_units_are_carried_out_by_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``sbatch`` keeps the script, starts the job at once and says so in SLURM's words; ``scancel`` kills it."""
    commands = {
        "sbatch": 'cp "$1" "$0.$$"\nsetsid bash "$0.$$" >/dev/null 2>&1 </dev/null &\necho "Submitted batch job $!"',
        "scancel": 'for job in "$@"; do kill -- "-$job"; done',
    }
    for name, body in commands.items():
        (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    options = {"cores": "1", "memory": "1GB", "protocol": "tcp", "local_directory": str(tmp_path)}
    with closing(make_executor("slurm", Settings(workers=2, options=options, resources={"GPU": 1.0}))) as executor:
        found = dict(executor(work, deque(["a", "b", "raises", *(f"u{i}" for i in range(20))])))
    assert (found["a"], found["u19"]) == ("A", "U19")
    assert "first line" in str(found["raises"])


def test_the_jobs_that_would_be_submitted() -> None:
    """As many as the workers need, four of them to a job; their script is that of the cluster."""
    job_script, n_jobs = job_of("slurm", Settings(workers=9, options=OPTIONS))
    assert n_jobs == 3
    assert "#SBATCH --cpus-per-task=4" in job_script.splitlines()
    assert job_of("pbs", Settings(workers=8, options=OPTIONS))[1] == 2
