"""DEHB's published trajectories on NAS-Bench-201, compared with its runs here.

Source: awad2021; its repository keeps the trajectories of every version.
"""

import io
from collections.abc import Iterator

import numpy as np
import pandas as pd

import nas_problems
import optimizers
from experiments.page import Page
from experiments.page.missing import left_out
from nas_problems.array import FloatArray
from nas_problems.datasets.upstream import DataUnavailableError, UpstreamFile

_REPOSITORY = "https://raw.githubusercontent.com/automl/DEHB/e277f36ceb4ab9287f912c51c4909000c95c21b1"
_HASHES = {
    "0.0.7": "b45a9f538ee65fb3db5225fcd6761a1f2f34001bcceeada2ec120d34bf3fec59",
    "0.1.1": "f693b65efc6ed518d65c58018a62d0682d679f5bc6a9d9d3de579adab318fc2c",
    "0.1.2": "b9037bbd68186b590506c02cc8e12b7d8f0c7f1f9354016deb32f192b0339591",
}
FILES = {
    version: UpstreamFile(
        f"dehb/traj_nasbench201_{version}.parquet",
        f"{_REPOSITORY}/benchmarking/results/{version}/nasbench201/traj.parquet.gzip",
        sha256,
        "Apache-2.0",
    )
    for version, sha256 in _HASHES.items()
}
"""Mean and standard deviation over five runs of the incumbent's value after each of 300 evaluations, by version."""

SHOWN = (31, 151, 300)
"""Evaluations after which values are shown."""

_PROBLEM, _BUDGET = "nb201-cifar10", 300


def trajectory(version: str) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of the published runs: validation error in percent, (300,) each.

    Raises:
        DataUnavailableError: The file is not available.
    """
    import polars  # comes with iohinspector

    frame = polars.read_parquet(io.BytesIO(FILES[version].read()))
    return frame["mean_trajectory"].to_numpy(), frame["std_trajectory"].to_numpy()


def own_runs(n_runs: int, seed: int) -> FloatArray:
    """Lowest value so far at any fidelity, as DEHB counts it, after each evaluation of our own runs, (runs, 300).

    Raises:
        ImportError: DEHB is not installed.
    """
    problem = nas_problems.make(_PROBLEM)
    runs = [optimizers.run("dehb", problem, budget=_BUDGET, seed=seed + i) for i in range(n_runs)]
    return np.array([np.minimum.accumulate(run.y[: max(SHOWN)]) for run in runs])


def write_trajectories(page: Page, *, n_runs: int, seed: int) -> None:
    """Write the published values and ours.

    Args:
        page: Written to.
        n_runs: Our own runs of DEHB.
        seed: Of the first one.
    """
    page.heading("DEHB on NAS-Bench-201, as its authors ran it")
    rows = list(_published(page))
    if not rows:
        return
    try:
        ours = own_runs(n_runs, seed)
        rows.append(_row(f"ours, {n_runs} runs", ours.mean(axis=0), ours.std(axis=0)))
    except ImportError as error:
        page.text(f"- ours: {left_out(error)}")
    page.table(
        pd.DataFrame(rows),
        name="dehb",
        caption=f"{_PROBLEM}: validation error of the incumbent in percent, mean +- standard deviation; five published "
        "runs per version. They use all epochs of the benchmark; ours are 12 and 200, so a bracket has fewer rungs, "
        "and more of its evaluations are full ones.",
    )


def _published(page: Page) -> Iterator[dict[str, str]]:
    for version in FILES:
        try:
            yield _row(f"DEHB {version}, published", *trajectory(version))
        except DataUnavailableError as error:
            page.text(f"- DEHB {version}: {left_out(error)}")


def _row(name: str, mean: FloatArray, sd: FloatArray) -> dict[str, str]:
    return {"runs": name} | {f"{n} evaluations": f"{mean[n - 1]:.2f} +- {sd[n - 1]:.2f}" for n in SHOWN}
