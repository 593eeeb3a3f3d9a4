"""Genotypes of DARTS as text, the form in which papers and repositories state cells.

>>> text = write_genotype(DARTS.space.sample(1, np.random.default_rng(0))[0])
>>> text[:41]
"Genotype(normal=[('dil_conv_5x5', 0), ('a"
>>> write_genotype(read_genotype(text)) == text
True
"""

import ast

import numpy as np

from nas_problems.parameter import Codes
from nas_problems.supernet.space import DARTS

_CELLS = {"normal": "normal", "reduction": "reduce"}
"""Kind of cell -> its name in a genotype."""

_CONCAT = range(DARTS.n_inputs, DARTS.n_inputs + DARTS.n_nodes)


def read_genotype(text: str) -> Codes:
    """The code of a genotype, (32,), in the space ``DARTS.space``.

    Args:
        text: ``Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), reduce=[...], ...)``; the pairs
            in one list, or in one list for each node. Nothing of it is executed.

    Raises:
        ValueError: Another text, an operation that is not of DARTS, an input that a node does not have, or one twice;
            or cells whose output is not that of all four nodes.

    Source: liu2019, section 3.1.
    """
    parts = _keywords(text)
    wanted = [name for cell in _CELLS.values() for name in (cell, f"{cell}_concat")]
    if sorted(parts) != sorted(wanted):
        raise ValueError(f"genotype: wanted {', '.join(wanted)}, found {', '.join(parts)}")
    code: list[int] = []
    for cell in _CELLS.values():
        if list(parts[f"{cell}_concat"]) != list(_CONCAT):
            raise ValueError(f"genotype: wanted {cell}_concat {list(_CONCAT)}, found {parts[f'{cell}_concat']}")
        code += _edges(cell, parts[cell])
    canonical: Codes = DARTS.space.canonical(np.array([code], dtype=np.int64))[0]
    return canonical


def write_genotype(code: Codes) -> str:
    """A code (32,) as a genotype, its pairs in one list, inputs ascending."""
    config = DARTS.space.decode(DARTS.space.canonical(code[None]))[0]
    parts = []
    for kind, cell in _CELLS.items():
        pairs = [
            f"('{config[f'{kind}_{node}_operation_{slot}']}', {config[f'{kind}_{node}_input_{slot}']})"
            for node in _CONCAT
            for slot in range(2)
        ]
        parts += [f"{cell}=[{', '.join(pairs)}]", f"{cell}_concat={_CONCAT}"]
    return f"Genotype({', '.join(parts)})"


def _keywords(text: str) -> dict[str, list[object]]:
    """The arguments of the call that a genotype is."""
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError("no call")
        return {str(word.arg): _value(word.value) for word in call.keywords}
    except (SyntaxError, ValueError, TypeError) as error:
        raise ValueError(f"genotype: wanted Genotype(normal=[...], ...), found {text[:60]!r}") from error


def _value(node: ast.expr) -> list[object]:
    if isinstance(node, ast.Call):  # range(2, 6)
        return list(range(*(int(ast.literal_eval(bound)) for bound in node.args)))
    return list(ast.literal_eval(node))


def _edges(cell: str, pairs: list[object]) -> list[int]:
    flat = [pair for entry in pairs for pair in (entry if isinstance(entry, list) else [entry])]
    n_edges = 2 * DARTS.n_nodes
    if len(flat) != n_edges or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in flat):
        raise ValueError(f"genotype: wanted {n_edges} pairs (operation, input) in {cell}, found {pairs}")
    names = DARTS.operations[1:]
    code: list[int] = []
    for i, pair in enumerate(flat):
        assert isinstance(pair, tuple)
        operation, start = pair
        node = DARTS.n_inputs + i // 2
        if operation not in names:
            raise ValueError(f"genotype: wanted operations of {names}, found {operation!r}")
        if start not in range(node):
            raise ValueError(f"genotype: wanted inputs 0 ... {node - 1} of node {node} in {cell}, found {start!r}")
        code += [int(start), names.index(operation)]
    for i in range(0, len(code), 4):
        if code[i] == code[i + 2]:
            node = DARTS.n_inputs + i // 4
            raise ValueError(f"genotype: wanted two distinct inputs of node {node} in {cell}, found {code[i]} twice")
    return code
