"""Figures of runs in memory are those of the same runs in a folder."""

import pickle
from pathlib import Path

import numpy as np
import pytest

import nas_problems
import optimizers
from experiments.report import load_runs, plot_convergence, plot_final, plot_ranks, plot_targets, plot_time, runs_of
from experiments.run_study import run_study
from experiments.study import Study
from optimizers.runlog import RunLog
from tests.optimizers.counted import problem

STUDY = Study(("nb201-cifar10", "fcnet-naval"), ("one-plus-one-ea", "random-sampling", "random-search"), 15, runs=3)


def in_memory(study: Study) -> list[RunLog]:
    return [
        optimizers.run(
            run.solver,
            nas_problems.make(run.problem, noise=run.noise, instance=run.instance),
            budget=run.budget,
            seed=run.seed,
        )
        for run in study.plan()
    ]


@pytest.mark.parametrize(
    "study",
    [
        STUDY,
        Study(
            ("nb201-cifar10",), ("random-search", "one-plus-one-ea"), 10, runs=2, noise=("sampled",), instances=(2, 3)
        ),
        Study(
            ("nb201-cifar10[objective=validation_accuracy+n_parameters]",), ("pymoo-nsga2", "random-search"), 20, runs=2
        ),
    ],
    ids=["two problems", "noise and instances", "two objectives"],
)
def test_figures_are_those_of_the_folder(study: Study, tmp_path: Path) -> None:
    stored, logs = load_runs(run_study(tmp_path / "study", study).path), in_memory(study)
    for one, other in zip(stored, runs_of(logs), strict=True):
        assert repr(one) == repr(other) and one.quantity == other.quantity
    for plot in (plot_convergence, plot_time, plot_targets, plot_final):
        for one_axes, other_axes in zip(plot(stored).axes, plot(logs).axes, strict=True):
            assert one_axes.get_title() == other_axes.get_title()
            assert one_axes.get_xlabel() == other_axes.get_xlabel()
            assert len(one_axes.lines) == len(other_axes.lines)
            for one_line, other_line in zip(one_axes.lines, other_axes.lines, strict=True):
                for x, y in zip(one_line.get_data(), other_line.get_data(), strict=True):
                    np.testing.assert_allclose(np.asarray(x, float), np.asarray(y, float), rtol=1e-6, atol=1e-8)
    assert len(plot_ranks(stored).axes) == len(plot_ranks(logs).axes) == 1


def test_runs_of_other_processes_need_their_problems(tmp_path: Path) -> None:
    """A problem does not travel with its runs: it may be large, or live."""
    own = problem(tmp_path / "calls")
    logs = [optimizers.run("random-search", own, budget=5, seed=seed) for seed in (1, 2)]
    (here,) = runs_of(logs)
    sent = pickle.loads(pickle.dumps(logs))
    assert logs[0].searched is own and sent[0].searched is None
    with pytest.raises(ValueError, match="problems: wanted the problem counted of a run from another process"):
        plot_convergence(sent)
    (there,) = runs_of(sent, problems=[own])
    np.testing.assert_array_equal(here.final["random-search"], there.final["random-search"])
    (registered,) = runs_of(
        pickle.loads(pickle.dumps([optimizers.run("random-search", "nb201-cifar10", budget=5, seed=1)]))
    )
    assert registered.problem == "nb201-cifar10"


def test_what_are_no_runs() -> None:
    with pytest.raises(ValueError, match=r"logs: wanted what optimizers\.run returns, found none"):
        runs_of([])
    with pytest.raises(ValueError, match=r"logs: wanted what optimizers\.run returns, found 'results'"):
        runs_of(["results"])  # type: ignore[list-item]  # what it refuses
