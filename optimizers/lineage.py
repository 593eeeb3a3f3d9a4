"""Spaces in which a candidate lists the generations that led to it, and its children have one more."""

import re
from dataclasses import dataclass

import numpy as np

from nas_problems.array import IntArray
from nas_problems.network.lineage import END, KINDS
from nas_problems.space import Categorical, Codes, SearchSpace
from optimizers.variation import mutate_one

_STEP = re.compile(r"(kind|place)_(\d+)_(\d+)")


@dataclass(frozen=True, eq=False)
class Generations:
    """Which parameters of a space say what about a lineage; see ``read_generations``.

    Args:
        kinds: Columns of the kinds of all steps, (generations, steps).
        places: Columns of their places.
        numbers: Code of every kind, ``end`` included, per column of ``kinds``.
    """

    space: SearchSpace
    kinds: IntArray
    places: IntArray
    numbers: dict[int, dict[str, int]]

    @property
    def root(self) -> Codes:
        """The candidate without a generation, shape (1, d)."""
        root = self.space.lower[None].copy()
        for column in self.kinds[:, 0].tolist():
            root[0, column] = self.numbers[column][END]
        return self.space.canonical(root)

    def n_lived(self, code: Codes) -> int:
        """How many generations a candidate, (d,), has."""
        for generation, column in enumerate(self.kinds[:, 0].tolist()):
            if code[column] == self.numbers[column][END]:
                return generation
        return len(self.kinds)

    def children(self, code: Codes, n: int, rng: np.random.Generator) -> Codes:
        """Candidates with one generation more, of random morphisms, shape (n, d); none where there is no room.

        Args:
            code: The parent, (d,).
            n: How many; equal ones may be among them.
            rng: Draws the kinds, all but ``keep``, and their places, uniformly.
        """
        generation = self.n_lived(code)
        if generation == len(self.kinds):
            return code[None][:0]
        children = np.repeat(code[None], n, axis=0)
        growing = [kind for kind in KINDS if kind != "keep"]
        for column, place in zip(self.kinds[generation].tolist(), self.places[generation].tolist(), strict=True):
            numbers = np.array([self.numbers[column][kind] for kind in growing])
            children[:, column] = numbers[rng.integers(0, len(numbers), n)]
            children[:, place] = self.space.parameters[place].from_unit(rng.random(n))
        return self.space.canonical(children)

    def kept(self, code: Codes) -> Codes:
        """The same network, trained for one more generation, shape (1, d); none where there is no room."""
        generation = self.n_lived(code)
        if generation == len(self.kinds):
            return code[None][:0]
        kept = code[None].copy()
        for column in self.kinds[generation].tolist():
            kept[0, column] = self.numbers[column]["keep"]
        return self.space.canonical(kept)


def read_generations(space: SearchSpace) -> Generations | None:
    """The generations that a space, or a relabelling of it, describes; None: it describes something else.

    Parameters are ``kind_<generation>_<step>``, categorical, and ``place_<generation>_<step>``; see
    ``nas_problems.network.lineage``.
    """
    columns: dict[tuple[str, int, int], int] = {}
    numbers: dict[int, dict[str, int]] = {}
    for column, parameter in enumerate(space.parameters):
        step = _STEP.fullmatch(parameter.name)
        if step is None:
            return None
        columns[step[1], int(step[2]), int(step[3])] = column
        if step[1] == "kind":
            if not isinstance(parameter, Categorical):
                return None
            numbers[column] = {str(choice): number for number, choice in enumerate(parameter.choices)}
    n_generations = 1 + max(generation for _, generation, _ in columns)
    n_steps = 1 + max(step for *_, step in columns)
    if len(columns) != 2 * n_generations * n_steps:
        return None
    shape = (n_generations, n_steps)
    kinds, places = (
        np.array([columns[what, g, s] for g in range(n_generations) for s in range(n_steps)]).reshape(shape)
        for what in ("kind", "place")
    )
    return Generations(space, kinds, places, numbers)


def offspring(
    space: SearchSpace, generations: Generations | None, code: Codes, n: int, rng: np.random.Generator
) -> Codes:
    """Children of a candidate, (d,): one generation more where there are generations, else one variable changed.

    Returns:
        Shape (n, d); none where there is no room for a generation.
    """
    if generations is not None:
        return generations.children(code, n, rng)
    return mutate_one(space, np.repeat(code[None], n, axis=0), rng)
