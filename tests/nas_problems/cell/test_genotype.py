"""Genotypes as text."""

import numpy as np
import pytest

from nas_problems.cell.genotype import read_genotype, write_genotype
from nas_problems.supernet.space import DARTS

DARTS_V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
)
"""The published cells of DARTS's second order."""


def test_published_cells() -> None:
    """Inputs are sorted, a pool of the reduction cell is where the text has it, and writing reads back."""
    code = read_genotype(DARTS_V2)
    config = DARTS.space.decode(code[None])[0]
    assert (config["normal_4_operation_0"], config["normal_4_operation_1"]) == ("skip_connect", "sep_conv_3x3")
    assert (config["reduction_5_input_0"], config["reduction_5_operation_0"]) == ("1", "max_pool_3x3")
    assert np.array_equal(read_genotype(write_genotype(code)), code)


def test_pairs_in_a_list_for_each_node() -> None:
    """The nested form gives the same code."""
    nested = "Genotype(normal={0}, normal_concat=range(2, 6), reduce={0}, reduce_concat=range(2, 6))"
    pairs = [[("skip_connect", 0), ("sep_conv_3x3", 1)]] * 4
    flat = [pair for node in pairs for pair in node]
    assert np.array_equal(read_genotype(nested.format(pairs)), read_genotype(nested.format(flat)))


def test_every_code_is_read_back() -> None:
    """Fifty drawn cells."""
    for code in DARTS.space.sample(50, np.random.default_rng(0)):
        assert np.array_equal(read_genotype(write_genotype(code)), DARTS.space.canonical(code[None])[0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Genotype(normal=", "print(", r"genotype: wanted Genotype\(normal="),
        ("normal_concat=[2, 3, 4, 5], ", "", "genotype: wanted normal, normal_concat, reduce, reduce_concat"),
        ("normal_concat=[2, 3, 4, 5]", "normal_concat=[2, 3]", "normal_concat"),
        ("('sep_conv_3x3', 0)", "('sep_conv_9x9', 0)", "found 'sep_conv_9x9'"),
        ("('dil_conv_3x3', 2)", "('dil_conv_3x3', 7)", "wanted inputs 0 ... 4 of node 5 in normal, found 7"),
        ("('sep_conv_3x3', 1), ('sep_conv_3x3', 0)", "('sep_conv_3x3', 0), ('sep_conv_3x3', 0)", "found 0 twice"),
        ("('sep_conv_3x3', 0), ", "", "wanted 8 pairs"),
        ("[2, 3, 4, 5])", "__import__('os').getcwd())", r"genotype: wanted Genotype\(normal="),
    ],
)
def test_other_texts(old: str, new: str, message: str) -> None:
    """Each is refused by what is wrong with it; nothing is executed."""
    with pytest.raises(ValueError, match=message):
        read_genotype(DARTS_V2.replace(old, new, 1))
