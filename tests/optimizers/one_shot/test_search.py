"""Every one-shot method: conformance, and a search that is killed after any epoch ends as one that was not."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from iohinspector import DataManager

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch

import nas_problems
from nas_problems.catalog.nas_bench_201 import SPACE
from nas_problems.network.fit import Part
from nas_problems.parameter import Value
from optimizers import one_shot
from optimizers.one_shot import ConfiguredMethod, SearchProtocol
from optimizers.one_shot.search import SearchLog, as_run_log, search, write_search
from optimizers.one_shot.supernet_search import SupernetSearch
from tests.optimizers.one_shot.settings import part, setting

SMALL: dict[str, dict[str, Value]] = {
    "enas": {"controller_steps": 2, "n_candidates": 3},
    "nao": {"rounds": 2, "n_seeds": 8, "n_top": 4, "n_new": 3, "n_random": 2, "predictor_epochs": 2, "n_images": 8},
    "nsganet": {"population": 4, "offspring": 2, "train_epochs": 1},
    "path-dropout": {"n_candidates": 4},
    "rsps": {"n_candidates": 4},
    "setn": {"n_candidates": 4},
}
"""Options that make a method fast."""

NAMES = (
    "cnas",
    "compact",
    "darts",
    "enas",
    "gdas",
    "manas",
    "nao",
    "nsganet",
    "p-darts",
    "path-dropout",
    "rsps",
    "setn",
    "snas",
    "stacnas",
)


def small(name: str) -> ConfiguredMethod:
    return one_shot.make(name, **SMALL.get(name, {}))


def own_backbone(name: str) -> str:
    return "compact-depth" if name == "compact" else "nb201"


def test_the_methods_are_the_stored_ones() -> None:
    assert one_shot.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_search_goes_on_to_the_same_architectures(name: str, tmp_path: Path) -> None:
    """After every epoch the search is thrown away and continued from its file."""
    given = setting(own_backbone(name), epochs=3)
    whole = search(small(name), given)
    space = given.backbone.cells.space
    assert whole.epochs.tolist() == [1, 2, 3]
    space.check(whole.Z)
    assert space.validity is None or space.validity(whole.Z).all()
    assert (np.diff(whole.seconds) > 0).all()

    class KilledError(Exception):
        pass

    def kill(epoch: int) -> None:
        raise KilledError

    path = tmp_path / "state"
    for _ in range(2):
        with pytest.raises(KilledError):
            search(small(name), given, checkpoint=path, on_epoch=kill)
    parts = search(small(name), given, checkpoint=path)
    np.testing.assert_array_equal(parts.Z, whole.Z)
    assert not path.exists()


@pytest.mark.parametrize("name", ["cnas", "enas", "nao", "p-darts", "stacnas", "setn"])
def test_methods_search_spaces_that_drop_edges(name: str) -> None:
    given = setting("cnas" if name == "cnas" else "darts", epochs=1 if name == "cnas" else 3)
    log = search(small(name), given, derive_every=2)
    assert log.epochs.tolist() == ([1] if name == "cnas" else [2, 3])
    cells = given.backbone.cells
    architecture = cells.decode(log.answer)
    np.testing.assert_array_equal(cells.encode(architecture), cells.space.canonical(log.answer[None])[0])


@pytest.mark.parametrize("name", NAMES)
def test_every_method_gives_architectures_of_a_space_with_depths(name: str) -> None:
    given = setting("compact-depth", epochs=2)
    log = search(small(name), given)
    space = given.backbone.cells.space
    space.check(log.Z)
    assert space.validity is not None and space.validity(log.Z).all()


def test_setn_trains_paths_of_the_depth_that_it_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    running = small("setn").factory(setting("compact-depth", epochs=1))
    assert isinstance(running, SupernetSearch)
    trained = []
    monkeypatch.setattr(running, "weight_step", lambda batch, mixture: trained.append(mixture.depths))
    running.run_epoch()
    assert trained and all(depths is not None and depths.sum(dim=1).tolist() == [1.0, 1.0] for depths in trained)


def test_a_checkpoint_of_another_search_is_refused(tmp_path: Path) -> None:
    def stop(epoch: int) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        search(small("rsps"), setting(), checkpoint=tmp_path / "state", on_epoch=stop)
    with pytest.raises(ValueError, match=r"wanted one of rsps\.n_candidates-4 2 nb201 .*, found .* 1 nb201"):
        search(small("rsps"), setting(seed=2), checkpoint=tmp_path / "state")


def test_searches_with_other_seeds_differ() -> None:
    logs = [search(small("manas"), setting(seed=seed)) for seed in (1, 2)]
    assert not np.array_equal(logs[0].Z, logs[1].Z)


def test_a_search_becomes_a_run_whose_incumbent_is_the_latest() -> None:
    cells = np.array([[3, 3, 3, 1, 3, 2], [0, 0, 0, 0, 0, 0]])
    log = SearchLog("gdas", 3, np.array([5, 10]), cells, np.array([2.0, 3.5]))
    problem = nas_problems.make("nb201-cifar10")
    run = as_run_log(log, problem)
    np.testing.assert_allclose(run.y, problem(cells))
    np.testing.assert_allclose(run.cost_seconds, [2.0, 1.5])
    assert run.fidelity.tolist() == [5.0, 10.0]
    assert run.best == 1 and run.y[1] > run.y[0]
    assert (run.solver, run.problem, run.seed) == ("gdas", "nb201-cifar10", 3)
    np.testing.assert_array_equal(SPACE.check(run.Z), cells)


def test_architectures_are_the_same_on_every_instance() -> None:
    """An instance has other codes for them."""
    log = SearchLog("gdas", 3, np.array([5]), np.array([[3, 3, 3, 1, 3, 2]]), np.array([2.0]))
    problem = nas_problems.make("nb201-cifar10")
    for instance in (2, 3):
        run = as_run_log(log, problem.variant(instance=instance))
        assert run.y.tolist() == [problem.target]
        np.testing.assert_array_equal(problem.variant(instance=instance).to_base(run.Z), log.Z)


def test_a_search_is_logged_against_seconds_and_full_trainings(tmp_path: Path) -> None:
    cells = np.array([[3, 3, 3, 1, 3, 2], [1, 1, 1, 1, 1, 1], [3, 3, 3, 1, 3, 3]])
    log = SearchLog("darts.order-2", 3, np.array([5, 10, 15]), cells, np.array([2.0, 3.5, 6.0]))
    problem = nas_problems.make("nb201-cifar10")
    columns = write_search(tmp_path / "run", log, problem, training_seconds=0.5)
    np.testing.assert_allclose(columns["cost"], [2.0, 3.5, 6.0])
    np.testing.assert_allclose(columns["spent"], [4.0, 7.0, 12.0])
    np.testing.assert_allclose(columns["regret"], problem(cells) - problem.target)  # may rise again
    data = DataManager()
    data.add_folder(str(tmp_path / "run"))
    assert data.overview["algorithm_name"].to_list() == ["darts.order-2"]
    np.testing.assert_allclose(data.load(monotonic=False, include_meta_data=False)["raw_y"], problem(cells))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: one_shot.make("dart"), "unknown one-shot method 'dart'; the nearest names are .*darts"),
        (lambda: one_shot.make("darts", order=3), "order: wanted one of 1, 2, found 3"),
        (lambda: SearchProtocol(epochs=1.5), "epochs: wanted an integer, found 1.5"),  # type: ignore[arg-type]  # wrong
        (lambda: SearchProtocol(clip=-1.0), "clip: wanted a number >= 0, found -1.0"),  # gradients would be turned
        (lambda: SearchProtocol(clip=0.0), "clip: wanted a number > 0, found 0"),
        (lambda: SearchProtocol(alpha_decay=float("nan")), "alpha_decay: wanted a number >= 0, found nan"),
        (lambda: replace(setting(), validation=part(1, 2)), "validation: wanted at least 2 images, found 1"),
        (lambda: replace(setting(), seed=-1), "seed: wanted an integer >= 0, found -1"),
        (lambda: one_shot.make("compact").factory(setting()), "compact wants a CompactBackbone, found StagedBackbone"),
    ],
)
def test_errors_say_what_was_wanted(call: Callable[[], object], message: str) -> None:
    with pytest.raises((KeyError, ValueError), match=message):
        call()


@pytest.mark.gpu
@pytest.mark.parametrize("name", NAMES)
def test_a_search_on_a_gpu_gives_an_architecture(name: str) -> None:
    given = setting(own_backbone(name), epochs=2)
    parts = [Part(part.images.to("cuda"), part.labels.to("cuda")) for part in (given.train, given.validation)]
    on_device = replace(given, train=parts[0], validation=parts[1])
    space = given.backbone.cells.space
    space.check(search(small(name), on_device).Z)


def test_without_torch_the_command_is_named() -> None:
    code = """
import sys
sys.modules["torch"] = None
from optimizers import one_shot
try:
    one_shot.names()
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "torch is not installed, and a one-shot method needs it: pip install torch==2.13.0"


def _changed(part: str, **values: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: content[part].update(values)


CHECKPOINTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no signature": lambda content: content.pop("signature"),
    "no search": lambda content: content.pop("search"),
    "another network": lambda content: content["search"]["network"].clear(),
    "times that go back": _changed("trajectory", spent=-1.0),
    "times that are not finite": _changed("trajectory", seconds=[float("nan")]),
    "epochs twice": _changed("trajectory", epochs=[1, 1], codes=[[0] * 6] * 2, seconds=[0.0, 0.0], spent=1.0),
    "an architecture that is missing": _changed("trajectory", codes=[]),
    "a field that there is not": _changed("trajectory", beauty=1.0),
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "state"

    def stop(epoch: int) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        search(small("rsps"), setting(), checkpoint=path, on_epoch=stop)
    return path


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_checkpoint_that_was_changed_is_named(name: str, checkpoint: Path, tmp_path: Path) -> None:
    content = torch.load(checkpoint, weights_only=True)
    CHECKPOINTS[name](content)
    torch.save(content, tmp_path / "state")
    with pytest.raises(ValueError, match=r"checkpoint: wanted the state of a search, found .*state; remove it to"):
        search(small("rsps"), setting(), checkpoint=tmp_path / "state")
    assert (tmp_path / "state").exists()  # only its owner removes it


@pytest.mark.parametrize("content", [b"", b"\x80\x02 no state", b"PK\x03\x04"])
def test_a_checkpoint_that_is_something_else_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint: wanted the state of a search, found .*state; remove it to"):
        search(small("rsps"), setting(), checkpoint=tmp_path / "state")


def test_a_checkpoint_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "state")
    with pytest.raises(ValueError, match="checkpoint: wanted a file, found something else"):
        search(small("rsps"), setting(), checkpoint=tmp_path / "state")
