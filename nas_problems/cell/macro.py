"""The networks of NAS-Bench-Macro: eight layers, each with one of three kinds of block."""

from nas_problems.space import Categorical, SearchSpace

BLOCKS = ("identity", "mb3_k3", "mb6_k5")
"""Kinds of block, in the order of their digits."""

SPACE = SearchSpace(tuple(Categorical(f"layer_{i}", BLOCKS) for i in range(8)))
"""The space; a code is the eight digits of the published key."""
