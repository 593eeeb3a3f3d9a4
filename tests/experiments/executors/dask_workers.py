"""A scheduler of Dask in this process, and workers as a user would start them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from experiments.executors.dask_cluster import import_distributed


class Workers:
    """A scheduler, and processes that work for it.

    Args:
        folder: Where workers may keep files.
    """

    def __init__(self, folder: Path) -> None:
        self.cluster = import_distributed().LocalCluster(
            n_workers=0, dashboard_address=":0", processes=False, protocol="tcp"
        )
        self.address = str(self.cluster.scheduler.address)
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *flags: str) -> "subprocess.Popen[bytes]":
        """Start one more worker, in a process group of its own."""
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--no-dashboard", "--no-nanny"]
        process = subprocess.Popen(
            [*command, "--nthreads", "1", "--local-directory", str(self.folder), *flags],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def wait(self) -> None:
        """Wait until all of them have arrived."""
        with import_distributed().Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(self.processes), timeout=120)

    def kill(self, process: "subprocess.Popen[bytes]", *, group: bool = True) -> None:
        """Kill a worker, with its children or alone."""
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        self.processes.remove(process)

    def close(self) -> None:
        """Kill all of them."""
        for process in list(self.processes):
            self.kill(process)
        self.cluster.close()
