"""What is read back is checked like what is foreign: every npz of ours, and everything that can be in its place."""

import json
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nas_problems
from nas_problems.array_file import ArrayFileError, Layout, digest_of, read_arrays, write_arrays
from nas_problems.datasets import load_cached
from nas_problems.datasets.hpo_bench import MLP
from nas_problems.datasets.images import ImageSet
from nas_problems.datasets.pinned import CONTENT
from nas_problems.table.file import read_table, write_table
from nas_problems.table.surrogate import Surrogate, fit_surrogate
from optimizers.initializers.centroid import Centroids, Recipe, fit_centroids
from tests.nas_problems.hostile import FILES, rewrite

CAR = nas_problems.make("mlp-car")
Changed = Callable[[dict[str, NDArray[Any]], dict[str, Any]], object]


def images() -> ImageSet:
    rng = np.random.default_rng(0)
    return ImageSet.from_arrays("small", rng.integers(0, 255, (30, 4, 4)).astype(np.uint8), np.arange(30) % 3)


def write_split(path: Path) -> None:
    images().save_split(path)


def write_surrogate(path: Path) -> None:
    fit_surrogate(CAR, n=30, n_trees=3, rng=np.random.default_rng(0)).save(path)


def copy_table(path: Path) -> None:
    write_table(read_table(Path(nas_problems.__file__).parent / "data" / "nb201-digits.npz"), path)


def write_centroids(path: Path) -> None:
    fit_centroids(CAR, 2, recipe=Recipe(sizes="60"), rng=np.random.default_rng(0)).save(path)


KINDS: dict[str, tuple[Callable[[Path], None], Callable[[Path], object], str]] = {
    "split": (write_split, lambda path: images().with_split(path), "a split of images"),
    "surrogate": (write_surrogate, Surrogate.load, "a surrogate of iohnas"),
    "table": (copy_table, read_table, "a table of iohnas"),
    "centroids": (write_centroids, Centroids.load, "the arrays of centroids"),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good file of each kind."""
    folder = tmp_path_factory.mktemp("good")
    for kind, (write, _, _) in KINDS.items():
        write(folder / f"{kind}.npz")
    return folder


def copied(good: Path, kind: str, folder: Path) -> Path:
    for path in good.glob(f"{kind}.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder / f"{kind}.npz"


@pytest.mark.parametrize("kind", KINDS)
def test_good_files_are_read(good: Path, kind: str) -> None:
    KINDS[kind][1](good / f"{kind}.npz")


@pytest.mark.parametrize("spoiled", FILES)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_in_the_place_of_a_file_is_one_clear_error(
    good: Path, kind: str, spoiled: str, tmp_path: Path
) -> None:
    path = copied(good, kind, tmp_path)
    FILES[spoiled](path)
    with pytest.raises(ArrayFileError, match=rf"{kind}\.npz: wanted {KINDS[kind][2]}, found "):
        KINDS[kind][1](path)


@pytest.mark.parametrize("spoiled", FILES)
def test_whatever_is_in_the_cache_the_arrays_are_right(
    spoiled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))
    build = {"a": np.arange(6.0).reshape(2, 3)}
    load_cached("key", lambda: build)
    FILES[spoiled](tmp_path / "key.npz")
    np.testing.assert_equal(load_cached("key", lambda: build), build)


# ---- forgeries: everything fits but what it says


def refused(good: Path, kind: str, tmp_path: Path, change: Changed, match: str) -> None:
    path = copied(good, kind, tmp_path)
    rewrite(path, KINDS[kind][2], change)
    with pytest.raises(ValueError, match=match):
        KINDS[kind][1](path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda a, r: a["left"].__setitem__((0, 0), 0), "leads back"),  # predict would never end
        (lambda a, r: a["right"].__setitem__((0, 1), 0), "leads back"),
        (lambda a, r: a["right"].__setitem__((0, 0), 10**6), "out of its tree"),
        (lambda a, r: a["feature"].__setitem__((0, 0), -1), "leads back"),
        (lambda a, r: a["value"].__setitem__((0, 0), math.nan), "not finite"),
        (lambda a, r: a["threshold"].__setitem__((0, 0), math.inf), "not finite"),
        (lambda a, r: a.update(value=a["value"][:, :2]), "of shape"),
        (lambda a, r: a.update(value=a["value"].astype("U9")), "value of <U9"),
        (lambda a, r: a.pop("left"), "no array left"),
        (lambda a, r: r.update(parameters=7), "names of parameters"),
    ],
)
def test_a_surrogate_that_would_hang_or_predict_nonsense(
    good: Path, tmp_path: Path, change: Changed, match: str
) -> None:
    refused(good, "surrogate", tmp_path, change, match)


def test_a_surrogate_that_asks_for_columns_that_a_space_does_not_have(good: Path, tmp_path: Path) -> None:
    path = copied(good, "surrogate", tmp_path)
    rewrite(path, "a surrogate of iohnas", lambda a, r: a["feature"].__setitem__((0, 0), 30_000))
    with pytest.raises(ValueError, match="wanted at least 30001 columns"):
        Surrogate.load(path).predict(CAR.space, CAR.space.sample(2, np.random.default_rng(0)))


def saved(folder: Path, kind: str, change: Changed) -> Path:
    """A surrogate of a kind, then changed."""
    fit_surrogate(CAR, n=30, n_trees=3, model=kind, rng=np.random.default_rng(0)).save(folder / "s.npz")
    rewrite(folder / "s.npz", "a surrogate of iohnas", change)
    return folder / "s.npz"


def first(name: str, n: int) -> Changed:
    """Only so many of the first rows of an array."""
    return lambda a, r: a.update({name: a[name][:n]})


@pytest.mark.parametrize(
    ("kind", "change", "match"),
    [
        ("linear", lambda a, r: (first("coefficients", 0)(a, r), first("offsets", 0)(a, r)), "without members"),
        ("linear", first("offsets", 3), "of shape"),
        ("linear", lambda a, r: r.update(model=["linear"]), r"a model \['linear'\]"),
        ("linear", lambda a, r: r.update(model={}), "a model {}"),
        ("linear", lambda a, r: r.update(model="forest"), "no array"),
        ("ensemble", lambda a, r: a.update(n_members=np.array([7])), "7 members of"),
        ("ensemble", lambda a, r: a.update(n_members=np.array([2**63], dtype=np.uint64)), "n_members with values in"),
        ("forest", lambda a, r: a.update(left=np.full(a["left"].shape, 2**64 - 1, np.uint64)), "left with values in"),
    ],
)
def test_surrogates_of_other_kinds_that_cannot_predict(kind: str, change: Changed, match: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"s\.npz: wanted a surrogate of iohnas, found .*({match})"):
        Surrogate.load(saved(tmp_path, kind, change))


@pytest.mark.parametrize("n", [0, 3])
def test_a_linear_model_of_other_columns_is_not_stretched(n: int, tmp_path: Path) -> None:
    path = saved(tmp_path, "linear", lambda a, r: a.update(coefficients=a["coefficients"][:, :n]))
    with pytest.raises(ValueError, match=rf"X: wanted shape \(n, {n}\), found \(2, 43\)"):
        Surrogate.load(path).predict(CAR.space, CAR.space.sample(2, np.random.default_rng(0)))


@pytest.mark.parametrize(("kind", "name"), [("linear", "coefficients"), ("forest", "value"), ("ensemble", "value")])
def test_predictions_that_overflow_are_failed_evaluations(kind: str, name: str, tmp_path: Path) -> None:
    """Numbers of the file are finite, their sums are not; nothing warns, and no infinity is anybody's value."""
    path = saved(tmp_path, kind, lambda a, r: a.update({name: np.full(a[name].shape, 1.7e308)}))
    problem = nas_problems.make(str(path))
    found = problem.evaluate(problem.space.sample(3, np.random.default_rng(0)))
    assert found.failed.all() and set(found.reason.values()) == {"the model's prediction is not finite"}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda a, r: r.pop("problem"), "a surrogate of 'None', which is not a registered problem"),  # was a KeyError
        (lambda a, r: r.update(problem=["mlp-car"]), "which is not a registered problem"),
        (lambda a, r: r.update(metric_fields=3), "an earlier version"),
        (lambda a, r: r["metric_fields"].update(range=3), "an earlier version"),
        (lambda a, r: r["metric_fields"].update(name=7), "wanted the metric of a surrogate, found name"),
        (lambda a, r: r["metric_fields"].update(penalty=10**400), "wanted the metric of a surrogate, found penalty"),
        (lambda a, r: r["metric_fields"].update(maximize="no"), "wanted the metric of a surrogate, found maximize"),
    ],
)
def test_a_surrogate_whose_record_makes_no_problem(good: Path, tmp_path: Path, change: Changed, match: str) -> None:
    path = copied(good, "surrogate", tmp_path)
    rewrite(path, "a surrogate of iohnas", change)
    with pytest.raises(ValueError, match=rf"surrogate\.npz: .*{match}"):
        nas_problems.make(str(path))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda a, r: a["latency_seconds"].__setitem__(0, -1.0), "latency_seconds with values"),
        (lambda a, r: a["train_seconds"].__setitem__((0, 0, 0), math.nan), "not finite"),
        (lambda a, r: a.update(train_seconds=a["train_seconds"][:1]), "of shape"),
        (lambda a, r: a["validation_right"].__setitem__((0, 0, 0), 10**6), "more right answers than"),
        (lambda a, r: a["codes"].__setitem__((0, 0), 99), "codes"),
        (lambda a, r: r.update(n_validation=-1), "more right answers|images"),
        (lambda a, r: r.update(n_test="many"), "images"),
        (lambda a, r: r.update(plan={}), "plan"),
        (lambda a, r: r.pop("plan"), "plan"),
        (lambda a, r: r.update(schema=99), "wanted schema"),
        (lambda a, r: a["n_flops"].__setitem__(0, 1), "checksum"),
    ],
)
def test_a_table_with_numbers_that_cannot_be(good: Path, tmp_path: Path, change: Changed, match: str) -> None:
    refused(good, "table", tmp_path, change, match)


@pytest.mark.parametrize("name", ["train_seconds", "latency_seconds"])
def test_the_digest_covers_what_the_checksum_leaves_out(good: Path, tmp_path: Path, name: str) -> None:
    path = copied(good, "table", tmp_path)
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    arrays[name] = arrays[name] * 2
    np.savez(path, allow_pickle=False, **arrays)
    with pytest.raises(ValueError, match="damaged, or was changed"):
        read_table(path)


def test_a_table_of_an_earlier_version_is_read(good: Path, tmp_path: Path) -> None:
    path = copied(good, "table", tmp_path)
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files if name != "digest"}
    arrays["record"] = np.array(json.dumps({**json.loads(str(arrays["record"])), "schema": 1}))
    np.savez(path, allow_pickle=False, **arrays)
    assert len(read_table(path).codes) == len(read_table(good / "table.npz").codes)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda a, r: a["sample_y"].__setitem__(0, math.nan), "not finite"),
        (lambda a, r: a["points"].__setitem__((0, 0), math.inf), "not finite"),
        (lambda a, r: a.update(labels=a["labels"][:-1]), "of shape"),
        (lambda a, r: a.update(sample_failed=a["sample_failed"].astype(np.int64)), "sample_failed of int64"),
        (lambda a, r: a.update(sample_Z=a["sample_Z"][:, 0]), "of shape"),
        (lambda a, r: a["labels"].__setitem__(0, -7), "labels with values"),
        (lambda a, r: r.update(json="0" * 64), "do not belong together"),
    ],
)
def test_centroids_with_wrong_arrays(good: Path, tmp_path: Path, change: Changed, match: str) -> None:
    refused(good, "centroids", tmp_path, change, match)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "[" * 200_000,
        lambda text: "{}",
        lambda text: text.replace('"configs"', '"others"'),
        lambda text: text.replace('"problem": "', '"problem": "another '),
        lambda text: json.dumps({**json.loads(text), "configs": [{"x": 10**400}]}),
        lambda text: json.dumps({**json.loads(text), "configs": [{"x": math.nan}]}),
        lambda text: json.dumps({**json.loads(text), "configs": 3}),
        lambda text: text + " ",
    ],
)
def test_centroids_with_another_text(good: Path, tmp_path: Path, change: Callable[[str], str]) -> None:
    path = copied(good, "centroids", tmp_path).with_suffix(".json")
    path.write_text(change(path.read_text()))
    with pytest.raises(ValueError, match=r"centroids\.json: wanted centroids in the format"):
        Centroids.load(path)


def test_a_split_with_negative_rows(good: Path, tmp_path: Path) -> None:
    refused(good, "split", tmp_path, lambda a, r: a["test"].__setitem__(0, -1), "test with values in -1")


# ---- the cache


def test_a_file_of_another_key_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))
    load_cached("one", lambda: {"a": np.array([58.0])})
    (tmp_path / "one.npz").rename(tmp_path / "two.npz")
    assert load_cached("two", lambda: {"a": np.array([8.393])})["a"] == [8.393]


def test_a_forged_conversion_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a digest of its own, made as ours is."""
    monkeypatch.setenv("IOHNAS_CACHE", str(tmp_path))
    right = MLP["car"].load((10, 10, 3, 10, 10))
    (path,) = tmp_path.glob("*.npz")
    assert digest_of(right) == CONTENT[path.stem]
    forged = {name: values + 1.0 for name, values in right.items()}
    write_arrays(path, forged, what=f"the cached arrays {path.stem}")
    np.testing.assert_equal(MLP["car"].load((10, 10, 3, 10, 10)), right)


# ---- the file


def test_round_trip(tmp_path: Path) -> None:
    arrays = {
        "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "i": np.arange(3, dtype=np.int8),
        "big-endian": np.arange(3, dtype=">i4"),
        "b": np.array([True, False]),
        "U": np.array(["a", "bcd"]),
        "empty": np.empty((0, 4)),
        "scalar": np.array(3.5),
    }
    write_arrays(tmp_path / "new" / "a.npz", arrays, what="things", record={"x": [1, "y"]})
    found = read_arrays(tmp_path / "new" / "a.npz", what="things")
    assert found.record == {"x": [1, "y"]} and list(found.arrays) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].flags.writeable
    assert digest_of(found.arrays) == digest_of(arrays)
    with pytest.raises(ArrayFileError, match="its digest differs"):
        read_arrays(tmp_path / "new" / "a.npz", what="other things")
    with pytest.raises(ArrayFileError, match="bytes of arrays, more than 100"):
        read_arrays(tmp_path / "new" / "a.npz", what="things", limit_bytes=100)
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "none.npz", what="things")


def test_lengths_of_one_name_are_equal(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", {"x": np.zeros((2, 3)), "y": np.zeros(3)}, what="things")
    layouts = {"x": Layout("f", ("n", "d")), "y": Layout("f", ("d",))}
    read_arrays(tmp_path / "a.npz", what="things", layouts=layouts)
    with pytest.raises(ArrayFileError, match=r"y of shape \(3,\) where \(n\) has \{'n': 2, 'd': 3\}"):
        read_arrays(tmp_path / "a.npz", what="things", layouts={**layouts, "y": Layout("f", ("n",))})


def test_several_threads_write_one_file(tmp_path: Path) -> None:
    def write(n: int) -> None:
        write_arrays(tmp_path / "a.npz", {"x": np.full(1000, n)}, what="things")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read_arrays(tmp_path / "a.npz", what="things").arrays["x"]
    assert (found == found[0]).all() and [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_arrays_must_be_those_that_a_digest_names(tmp_path: Path) -> None:
    """With a digest of the content, a file of other arrays is refused, however consistent it is."""
    path, arrays = tmp_path / "some.npz", {"a": np.arange(3)}
    write_arrays(path, arrays, what="some arrays")
    assert read_arrays(path, what="some arrays", content=digest_of(arrays)).arrays["a"].tolist() == [0, 1, 2]
    with pytest.raises(ArrayFileError, match=r"some.npz: wanted some arrays, found other arrays: their digest differs"):
        read_arrays(path, what="some arrays", content=digest_of({"a": np.arange(4)}))


def test_arrays_of_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a: wanted an array of numbers or text, found one of objects"):
        write_arrays(tmp_path / "a.npz", {"a": np.array([{}, None])}, what="a test")
    assert not (tmp_path / "a.npz").exists()
