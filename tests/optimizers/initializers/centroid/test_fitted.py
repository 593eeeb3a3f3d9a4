"""Fitted centroids as an initializer, and as a file."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from nas_problems.problem import Problem
from optimizers.initializers.centroid import Centroids, Recipe, fit_centroids
from tests.nas_problems.tiny import constrained_problem, mixed_problem, table_problem


def fitted(problem: Problem | None = None, **options: object) -> Centroids:
    recipe = dataclasses.replace(Recipe("36", method="k-means"), **options)  # type: ignore[arg-type]  # of one's own
    return fit_centroids(problem or table_problem(), 5, rng=np.random.default_rng(1), recipe=recipe)


def test_a_call_gives_the_largest_clusters_first(rng: np.random.Generator) -> None:
    centroids, space = fitted(), table_problem().space
    assert np.array_equal(centroids(space, 3, rng), centroids.codes(space)[:3])
    assert centroids(space, 0, rng).shape == (0, 3)


def test_more_rows_than_centroids_are_fewer_with_a_warning_or_filled_as_asked(rng: np.random.Generator) -> None:
    space = table_problem().space
    with pytest.warns(UserWarning, match="5 of 9 wanted centroids on tiny-table; the population starts with 5"):
        assert len(fitted()(space, 9, rng)) == 5
    filled = fitted(rest="uniform")(space, 9, rng)
    assert len(np.unique(filled, axis=0)) == 9
    assert np.array_equal(filled[:5], fitted().codes(space))


def test_other_instances_get_the_same_architectures() -> None:
    relabelled = table_problem().variant(instance=4)
    centroids = fitted()
    assert relabelled.space.decode(centroids.codes(relabelled.space)) == list(centroids.configs)
    values = table_problem()(centroids.codes(table_problem().space))
    assert np.array_equal(relabelled(centroids.codes(relabelled.space)), values)


def test_spaces_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="centroids of tiny-table do not fit this space"):
        fitted().codes(mixed_problem().space)
    with pytest.raises(ValueError, match="refuses some as not valid"):
        fitted().codes(constrained_problem().space)


@pytest.mark.parametrize("suffix", ["", ".npz", ".json"])
def test_what_is_saved_is_loaded(tmp_path: Path, suffix: str) -> None:
    centroids = fitted(rest="uniform")
    centroids.save(tmp_path / f"cells.v1{suffix}" if suffix else tmp_path / "cells")
    loaded = Centroids.load(tmp_path / f"cells.v1{suffix}" if suffix else tmp_path / "cells")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".npz"]
    for entry in dataclasses.fields(Centroids):
        found, wanted = getattr(loaded, entry.name), getattr(centroids, entry.name)
        if entry.name == "sample":
            for column in dataclasses.fields(wanted):
                assert np.array_equal(getattr(found, column.name), getattr(wanted, column.name))
        elif isinstance(wanted, np.ndarray):
            assert np.array_equal(found, wanted)
            assert found.dtype == wanted.dtype
        else:
            assert found == wanted, entry.name


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Centroids.load(tmp_path / "nothing")
    fitted().save(tmp_path / "cells")
    text = json.loads((tmp_path / "cells.json").read_text())
    for wrong in ("not json", "[]", json.dumps({**text, "format": "other"}), json.dumps({"format": text["format"]})):
        (tmp_path / "cells.json").write_text(wrong)
        with pytest.raises(ValueError, match=r"cells.json: wanted centroids in the format iohnas-centroids-2"):
            Centroids.load(tmp_path / "cells")
    (tmp_path / "cells.json").write_text(json.dumps({**text, "configs": text["configs"][:2]}))
    with pytest.raises(ValueError, match="do not belong together"):
        Centroids.load(tmp_path / "cells")


def test_arrays_that_would_be_unpickled_are_refused(tmp_path: Path) -> None:
    fitted().save(tmp_path / "cells")
    np.savez(tmp_path / "cells.npz", points=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="wanted the arrays of centroids, found"):
        Centroids.load(tmp_path / "cells")
