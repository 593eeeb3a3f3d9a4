"""Centroids that have been found: an initializer that can be saved and loaded."""

import dataclasses
import hashlib
import json
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nas_problems.array import FloatArray, IntArray, check_count
from nas_problems.array_file import Layout, read_arrays, write_arrays
from nas_problems.atomic import write_text
from nas_problems.exception import describe
from nas_problems.parameter import Value
from nas_problems.problem import Problem
from nas_problems.space import Codes, SearchSpace
from optimizers.archive import code_keys, draw_unseen
from optimizers.initializers.centroid.clustering import Quality
from optimizers.initializers.centroid.recipe import Recipe
from optimizers.initializers.centroid.sample import Sample
from optimizers.solver import Initializer, Spent

FORMAT = "iohnas-centroids-2"

_ARRAYS = ("points", "labels", "sizes")
_SAMPLE = tuple(entry.name for entry in dataclasses.fields(Sample))
_WHAT = "the arrays of centroids"
_LARGEST, _LARGEST_JSON = 2**31, 2**26  # bytes
_LAYOUTS = {
    "points": Layout("f", ("clustered", "components")),
    "labels": Layout("iu", ("clustered",), low=-1),
    "sizes": Layout("iu", ("centroids",), low=1),
    "sample_Z": Layout("iuf", ("candidates", "parameters")),
    "sample_fitness": Layout("f", ("candidates", "fidelities")),
    "sample_y": Layout("f", ("candidates",)),
    "sample_cost_seconds": Layout("f", ("candidates",)),
    "sample_failed": Layout("b", ("candidates",)),
}


@dataclass(frozen=True, eq=False, repr=False)
class Centroids:
    """A population learnt from a sample, largest cluster first; call it for its first ``n`` rows.

    Args:
        configs: The architectures, as the source problem's space decodes them.
        problem: Label of the problem that was sampled, with its instance where that is not 1.
        sample: What was evaluated.
        points: Reduced features of the clustered candidates, shape (m, k).
        labels: Their clusters, (m,); -1 for noise.
        sizes: Members of each architecture's cluster, (len(configs),).
        rounds: The assessment of each sample size tried, in order.
        recipe: How they were found, and how they are used.
    """

    configs: tuple[Mapping[str, Value], ...]
    problem: str
    sample: Sample
    points: FloatArray
    labels: IntArray
    sizes: IntArray
    rounds: tuple[Quality, ...]
    recipe: Recipe

    def __len__(self) -> int:
        return len(self.configs)

    def __repr__(self) -> str:
        return f"<Centroids: {len(self)} of {self.problem}, from {self.n_sampled} candidates by {self.recipe.method}>"

    @property
    def label(self) -> str:
        """Name in logs."""
        return "centroid"

    @property
    def n_sampled(self) -> int:
        """Candidates that were evaluated."""
        return len(self.sample)

    @property
    def sampling_seconds(self) -> float:
        """Recorded or measured cost of the sample, at all fidelities together."""
        return float(self.sample.cost_seconds.sum())

    def codes(self, space: SearchSpace) -> Codes:
        """All centroids as codes of a space, shape (k, d).

        Args:
            space: Any with the same parameters and values, such as another instance's.

        Raises:
            ValueError: Other parameters or values, or a space in which a centroid is not valid.
        """
        try:
            Z = space.encode(self.configs)
        except ValueError as error:
            raise ValueError(f"centroids of {self.problem} do not fit this space: {error}") from None
        if not space.is_valid(Z).all():
            raise ValueError(f"centroids of {self.problem} do not fit this space: it refuses some as not valid")
        return Z

    def __call__(self, space: SearchSpace, n: int, rng: np.random.Generator) -> Codes:
        """The centroids of the ``n`` largest clusters.

        Args:
            space: See ``codes``.
            n: Wanted rows.
            rng: Used only for what ``Recipe.rest`` "uniform" adds.

        Returns:
            Codes, shape (n, d); with ``Recipe.rest`` "fewer" no more rows than there are, and a warning.

        Raises:
            ValueError: See ``codes``.
        """
        n = check_count(n, "n")
        Z = self.codes(space)[:n]
        if len(Z) == n:
            return Z
        if self.recipe.rest == "fewer":
            warnings.warn(shortfall(len(Z), n, self.problem), UserWarning, stacklevel=2)
            return Z
        return np.concatenate([Z, draw_unseen(space, n - len(Z), set(code_keys(Z)), rng)])

    def sampled(self, problem: Problem, rng: np.random.Generator) -> tuple[Initializer, Spent]:
        """See ``optimizers.solver.SamplingInitializer``; nothing is evaluated again.

        Raises:
            ValueError: Charged to a run on another problem than the one that was sampled.
        """
        return self, spent_on(self.sample, self.problem, problem, charged=self.recipe.charged)

    def save(self, path: Path | str) -> None:
        """Write ``path`` with the suffixes ``.npz`` (arrays) and ``.json`` (all else).

        Args:
            path: Without suffix, or with one of the two; files that are there are replaced.
        """
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {f"sample_{name}": getattr(self.sample, name) for name in _SAMPLE}
        arrays_path, json_path = _paths(path)
        content = {
            "format": FORMAT,
            "problem": self.problem,
            "configs": [dict(config) for config in self.configs],
            "rounds": [dataclasses.asdict(quality) for quality in self.rounds],
            "recipe": dataclasses.asdict(self.recipe),
        }
        text = json.dumps(content, indent=1) + "\n"
        write_arrays(arrays_path, arrays, what=_WHAT, record={"json": _sha256(text.encode())})
        write_text(json_path, text)

    @classmethod
    def load(cls, path: Path | str) -> "Centroids":
        """Read what ``save`` wrote; nothing is unpickled.

        Raises:
            FileNotFoundError: One of the two files is not there.
            ValueError: Files of another format, damaged ones, or a pair that does not belong together.
        """
        arrays_path, json_path = _paths(path)
        wanted = f"{json_path}: wanted centroids in the format {FORMAT}"
        content, text = _read_json(json_path, wanted)
        stored = read_arrays(arrays_path, what=_WHAT, layouts=_LAYOUTS, limit_bytes=_LARGEST)
        if stored.record.get("json") != _sha256(content):
            raise ValueError(f"{wanted}, found a pair of files that do not belong together")
        arrays = stored.arrays
        try:
            return cls(
                configs=tuple(text["configs"]),
                problem=text["problem"],
                sample=Sample(**{name: arrays[f"sample_{name}"] for name in _SAMPLE}),
                rounds=tuple(Quality(**entry) for entry in text["rounds"]),
                recipe=Recipe(**text["recipe"]),
                **{name: arrays[name] for name in _ARRAYS},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{wanted}, found {error!r}") from None


def shortfall(found: int, wanted: int, problem: str) -> str:
    """The warning for fewer centroids than wanted."""
    return f"centroid: {found} of {wanted} wanted centroids on {problem}; the population starts with {found}"


def identity(problem: Problem) -> str:
    """Label of a problem, and its instance where that is not 1."""
    return problem.label if problem.instance == 1 else f"{problem.label}-i{problem.instance}"


def spent_on(sample: Sample, sampled_problem: str, problem: Problem, *, charged: bool) -> Spent:
    """What a sample costs a run on ``problem``.

    Raises:
        ValueError: Charged to a run on another problem than the one that was sampled.
    """
    if charged and identity(problem) != sampled_problem:
        raise ValueError(
            f"charged: a run on {identity(problem)} can only count evaluations of its own problem, "
            f"found a sample of {sampled_problem}"
        )
    return Spent(sample.Z, sample.y, sample.cost_seconds, sample.failed, charged=charged)


def _paths(path: Path | str) -> tuple[Path, Path]:
    path = Path(path)
    stem = path.with_suffix("") if path.suffix in (".npz", ".json") else path
    return stem.with_name(stem.name + ".npz"), stem.with_name(stem.name + ".json")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_json(path: Path, wanted: str) -> tuple[bytes, Any]:
    """The bytes of a json file of ours, and what it says, as far as a fit can have said it."""
    if path.exists() and not path.is_file():
        raise ValueError(f"{wanted}, found something that is not a file")
    if path.stat().st_size > _LARGEST_JSON:
        raise ValueError(f"{wanted}, found {path.stat().st_size} bytes")
    content = path.read_bytes()
    try:
        text: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{wanted}, found {describe(error)}") from None
    if not isinstance(text, dict) or text.get("format") != FORMAT:
        raise ValueError(f"{wanted}, found another format")
    configs = text.get("configs")
    is_plain = (
        isinstance(text.get("problem"), str)
        and isinstance(configs, list)
        and all(isinstance(config, dict) and all(map(_is_value, config.values())) for config in configs)
        and bool(configs)
    )
    if not is_plain:
        raise ValueError(f"{wanted}, found configurations that are not names with values")
    return content, text


def _is_value(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (str, bool)) or (isinstance(value, int) and abs(value) < 2**63)
