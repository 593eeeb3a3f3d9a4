"""Latency of NAS-Bench-201's cells on devices: joined by architecture string, from files that run no code."""

import io
import pickle
import zipfile

import numpy as np
import pytest

import nas_problems
from nas_problems.catalog import nas_bench_201
from nas_problems.datasets import help_latency

needs_devices = pytest.mark.skipif(not help_latency.at_hand(), reason="$IOHNAS_DATA has no help_latency")


def stored(value: object) -> bytes:
    """A file as torch writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("archive/data.pkl", pickle.dumps(value, protocol=2))
        file.writestr("archive/version", "3\n")
    return buffer.getvalue()


def test_a_list_of_numbers() -> None:
    found = help_latency._read(stored([1.5, 2]), "device.pt", 2)
    np.testing.assert_array_equal(found, [1.5, 2.0])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1.0], "wanted a list of 2 numbers, found list"),
        ({"a": 1.0, "b": 2.0}, "wanted a list of 2 numbers, found dict"),
        ([1.0, float("nan")], "wanted 2 positive numbers"),
        ([1.0, -2.0], "wanted 2 positive numbers"),
        ([[1.0], [2.0]], "wanted 2 positive numbers"),
        ([1.0, print], "found builtins.print|found __builtin__.print"),
        ([0.0] * 400_000, "wanted at most 1048576 bytes"),
    ],
)
def test_anything_else_is_refused(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        help_latency._read(stored(value), "device.pt", 2)


@pytest.mark.data
@needs_devices
@pytest.mark.parametrize(
    ("device", "mean"),
    [("fpga", 3.752), ("eyeriss", 5.513), ("pixel3", 11.214), ("raspi4", 27.527), ("1080ti_1", 9.844)],
)
def test_means_as_in_the_files(device: str, mean: float) -> None:
    metric = nas_bench_201.LATENCY[device]
    problem = nas_problems.make("nb201-cifar10", objective=metric.name)
    assert problem.tabulate().mean() == pytest.approx(mean, abs=1e-3)
    assert metric.label == f"latency {device.replace('_', ' ')} (ms)"


@pytest.mark.data
@needs_devices
def test_first_cells_of_the_interface() -> None:
    """Numbers 0 and 1 of the interface, as HELP's files begin."""
    strings = [
        "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|",
    ]
    found = nas_problems.make("nb201-cifar10").evaluate(nas_bench_201.codes_of(strings)).metrics
    np.testing.assert_allclose(found["latency_eyeriss_milliseconds"], [3.64562, 7.57778], atol=1e-5)
    np.testing.assert_array_equal(found["latency_samsung_s7_milliseconds"], [29, 62])


@pytest.mark.data
@needs_devices
def test_most_cells_without_a_path_are_faster_than_all_others() -> None:
    cells = np.concatenate(list(nas_bench_201.SPACE.enumerate()))
    connected = nas_bench_201.is_connected(cells)
    milliseconds = nas_problems.make("nb201-cifar10", objective="latency_raspi4_milliseconds").tabulate()
    fastest = milliseconds[connected].min()
    assert fastest > 2.3
    assert (milliseconds[~connected] < fastest).mean() > 0.5 and milliseconds[~connected].min() < 0.02
