"""Published tables of all NAS-Bench-101 cells by ascending module hash: pickled DataFrames, read but not unpickled."""

import gzip
import pickletools

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.datasets.upstream import UpstreamFile

_SOURCE = (
    "https://raw.githubusercontent.com/NiccoloCavagnero/FreeREA/"
    "9c2a726cd3adf526c43ae52a515a8fc5ea927fe7/cached_metrics/nasbench101/cifar10/"
)

ACCURACIES = UpstreamFile(
    "nas_bench_101/accuracies.pkl.gz",
    f"{_SOURCE}accuracies.pkl.gz",
    "84bcca117040f6f499e81743baee1ffaa3865f014bc7489fb1833dc06905f55e",
    "MIT",
)
"""Test accuracy after 108 epochs, mean of three trainings."""

PARAMETERS = UpstreamFile(
    "nas_bench_101/params.pkl.gz",
    f"{_SOURCE}params.pkl.gz",
    "1b312e23917a312c6fc6f356e579ba1166870e6671f7cb1c093685a2558a1e6a",
    "MIT",
)
"""Trainable parameters in millions; only to check what we compute ourselves."""


def read_column(content: bytes, name: str, n_rows: int) -> FloatArray:
    """A column of float64 of a pickled, compressed DataFrame, without running anything that is in it.

    Its block of floats is the last array of bytes; the columns are named in its index, after ``index``.

    Args:
        content: The gzipped pickle.
        name: Name of the column.
        n_rows: Rows of the table.

    Raises:
        ValueError: Not such a table, or no such column.
    """
    blocks: list[bytes] = []
    texts: list[str] = []
    for opcode, argument, _ in pickletools.genops(gzip.decompress(content)):
        if opcode.name in ("BINBYTES", "BINBYTES8"):
            blocks.append(bytes(argument or b""))
        elif opcode.name in ("BINUNICODE", "SHORT_BINUNICODE"):
            texts.append(str(argument))
    columns = texts[texts.index("index") + 1 : -1] if "index" in texts else []
    columns = columns[: columns.index("name")] if "name" in columns else []
    if len(blocks) != 2 or len(blocks[1]) != 8 * n_rows * len(columns) or name not in columns:
        sizes = [len(block) for block in blocks]
        raise ValueError(f"table: wanted {n_rows} rows with the column {name!r}, found {columns} in {sizes} bytes")
    table = np.frombuffer(blocks[1], dtype="<f8").reshape(len(columns), n_rows)
    return np.asarray(table[columns.index(name)], dtype=np.float64)
