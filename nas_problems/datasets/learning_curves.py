"""Published learning curves of networks that are not problems themselves: one value per epoch, minimised."""

import gzip
import io
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.csv_file import read_frame
from nas_problems.datasets.converted import ConvertedFile

_BAKER = "MITAutoML/accelerating_nas at commit 82ed099d8ef1c8b2f4b362232be72cbc55c36d69 (csv, gzipped)"
_KLEIN = "hoshiraku/dlfinal at commit 9435f79355503431be3669c166d6704f9bb7d413 (configurations and curves as csv)"

_HASHES = {
    "metaqnn_cifar10": "a699e624fe90ee557e53ab75eda9ce9f632ece34694f4d41e745a18984206199",
    "metaqnn_svhn": "9c12e7f981392ac66b00168154f783b7f3d2c302aae116b1f9655f1fd532c92b",
    "deep_resnets_cifar10": "1d270f6615313eb867261d0be6f2fd0f32077fb4415fd09884d5e3ef5e76960b",
    "deep_resnets_tinyimagenet": "6f1a3c374c626dd1304b35004fda3301e40e6073d7eb295242890f38e2a7e56d",
    "alexnet_imagenet": "35fd83b228e744a9fd7c5d5e71643fe0552189e116c7e64ef6d1bbd98e974444",
    "lstm_ptb": "d8029451ebeef37b20ed448ce5a68fd812547c901dc5b890ef631cfb07240d30",
}

FILES = {
    name: ConvertedFile(f"accelerating_nas_curves/{name}.csv.gz", _BAKER, sha256, "MIT")
    for name, sha256 in _HASHES.items()
} | {
    "klein_cifar10": ConvertedFile(
        "klein_cifar10_256_curves/configs_curves.csv.gz",
        _KLEIN,
        "db670572af97c76d630951efc527dc6953a7cbf015eea6e4aa2449a49a6a2be8",
        "none stated",
    )
}
"""Files by name. Source: baker2018; klein2017."""

_PREFIXES = {"lstm_ptb": "ep_", "klein_cifar10": "learning_curve_"}


def _read(name: str) -> FloatArray:
    """Errors in percent after each epoch, (n, epochs), or perplexities; curves with a gap are left out.

    Raises:
        DataUnavailableError: The file is not available.
    """
    frame = read_frame(io.BytesIO(gzip.decompress(FILES[name].read())))
    prefix = _PREFIXES.get(name, "acc_")
    columns = [c for c in frame.columns if str(c).startswith(prefix) and str(c)[len(prefix) :].isdigit()]
    values = frame[columns].to_numpy(dtype=np.float64)
    values = values[np.isfinite(values).all(axis=1)]
    if name != "lstm_ptb":
        values = 100 * (values if name == "klein_cifar10" else 1 - values)
    return np.asarray(values)


CURVES: Mapping[str, Callable[[], FloatArray]] = {name: partial(_read, name) for name in FILES}
"""Loaders by name; each raises DataUnavailableError where its file is not available."""
