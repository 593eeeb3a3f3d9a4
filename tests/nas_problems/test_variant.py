"""Problems and what is asked of them as one string, and the references that are stated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nas_problems
from nas_problems import Variant, suites
from nas_problems.catalog import macro, nas_bench_201, spikenas
from nas_problems.datasets import help_latency
from nas_problems.pareto import Reference, nondominated
from nas_problems.references import STATED, stated_reference

names = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True)
variants = st.builds(
    Variant,
    name=names,
    objective=st.none() | st.lists(names, min_size=1, max_size=3).map(tuple),
    fidelity=st.none() | st.floats(0.001, 1e6),
    noise=st.none() | st.sampled_from(["mean", "sampled", "seed-3", "scaled:0.5"]),
    instance=st.none() | st.integers(1, 99),
    split=st.none() | st.sampled_from(["d1", "d2"]),
    share=st.none() | st.floats(0.01, 1),
)


@given(variants)
def test_strings_round_trip(variant: Variant) -> None:
    assert Variant.parse(str(variant)) == variant


def test_spaces_do_not_matter() -> None:
    text = " nb201-cifar10 [ noise = sampled , objective = validation_accuracy + flops ] "
    assert str(Variant.parse(text)) == "nb201-cifar10[objective=validation_accuracy+flops,noise=sampled]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "wanted name or name"),
        ("a[b", "wanted name or name"),
        ("a[b=c][d=e]", "wanted name or name"),
        (
            "a[metric=b]",
            "a: wanted each of objective, fidelity, noise, instance, dimension, split, share, axis, invalid at most",
        ),
        ("a[objective=b,objective=c]", "at most once"),
        ("a[fidelity]", "as option=value"),
        ("a[fidelity=high]", "a: fidelity: wanted a number, found 'high'"),
        ("a[instance=1.5]", "a: instance: wanted a number"),
    ],
)
def test_wrong_strings(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Variant.parse(text)


def test_make_takes_the_string_or_the_arguments() -> None:
    text = "nb201-cifar10[objective=validation_accuracy+n_parameters,noise=seed-1,instance=2]"
    by_text = nas_problems.make(text)
    by_arguments = nas_problems.make(
        "nb201-cifar10", objective=("validation_accuracy", "n_parameters"), noise="seed-1", instance=2
    )
    assert (by_text.label, by_text.log_id, by_text.instance) == (
        by_arguments.label,
        by_arguments.log_id,
        by_arguments.instance,
    )
    with pytest.raises(ValueError, match=r"noise: wanted it once, found 'seed-1' in .* and 'mean'"):
        nas_problems.make(text, noise="mean")


@pytest.mark.parametrize(
    ("objective", "error", "message"),
    [
        (("validation_accuracy", "nonsense"), KeyError, "objective: nb201-cifar10 has .* found"),
        ((), KeyError, "wanted at least one"),
        (("", ""), KeyError, "objective: nb201-cifar10 has"),
        (("flops", "flops"), ValueError, "objective: nb201-cifar10: wanted each metric once"),
        ((1, 2), KeyError, "objective: nb201-cifar10 has"),
    ],
)
def test_wrong_objectives(objective: tuple[str, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        nas_problems.make("nb201-cifar10", objective=objective)


def test_one_objective_as_a_tuple_is_one_objective() -> None:
    problem = nas_problems.make("nb201-cifar10", objective=("validation_accuracy",))
    assert problem.label == "nb201-cifar10"
    assert problem([[3, 3, 3, 1, 3, 2]]).shape == (1,)


# ---- suites and references


def _is_available(text: str) -> bool:
    needs = {"macro": macro.FILE.at_hand, "spikenas": spikenas.CURVES.at_hand and spikenas.FINAL.at_hand}
    name = Variant.parse(text).name
    if "milliseconds" in text:
        return help_latency.at_hand()
    return needs.get(name.partition("-")[0], not name.startswith(("yahpo", "train")))


TABLES = [text for texts in suites.SEVERAL.values() for text in texts if _is_available(text)]


def test_suites_of_several_objectives() -> None:
    known = suites.suites()
    assert {"nas201-mo", "nas201-devices-mo", "macro-mo", "cells-mo", "hpo-mo", "yahpo-mo", "train-mo"} < set(known)
    for texts in suites.SEVERAL.values():
        for text in texts:
            variant = Variant.parse(text)
            assert variant.name in nas_problems.problems
            assert str(variant) == text
            assert variant.objective is not None and len(variant.objective) >= 2


@pytest.mark.parametrize("text", TABLES)
def test_the_reference_of_a_table_is_fixed_by_its_exact_front(text: str) -> None:
    problem = nas_problems.make(text)
    front = problem.pareto_front
    assert front is not None
    if problem.stated_reference is None:
        assert problem.reference == Reference.of_front(front.Y)
    assert 0 < problem.front_hypervolume < problem.reference.volume


@pytest.mark.data
@pytest.mark.skipif(not help_latency.at_hand(), reason="$IOHNAS_DATA has no help_latency")
@pytest.mark.parametrize("device", ["raspi4", "pixel3"])
def test_stated_references_are_those_of_connected_cells(device: str) -> None:
    problem = nas_problems.make("nb201-cifar10", objective=("validation_accuracy", nas_bench_201.LATENCY[device].name))
    Y = problem.tabulate()[nas_bench_201.is_connected(nas_bench_201.SPACE.from_index(np.arange(5**6)))]
    wanted = Reference.of_front(Y[nondominated(Y)])
    assert problem.reference.ideal == pytest.approx(wanted.ideal, rel=1e-7)
    assert problem.reference.nadir == pytest.approx(wanted.nadir, rel=1e-7)


def test_a_stated_reference_follows_the_order_of_the_objectives() -> None:
    (name, metrics), reference = next(iter(STATED.items()))
    turned = stated_reference(name, metrics[::-1])
    assert turned is not None
    assert (turned.ideal, turned.nadir) == (reference.ideal[::-1], reference.nadir[::-1])
    assert stated_reference(name, metrics[:1]) is None
    assert stated_reference("nb201-cifar100", metrics) is None


@pytest.mark.parametrize("name", ["train-nb201-digits", "svm-digits", "train-chaincnn-digits"])
def test_objectives_of_training_are_scaled_by_what_trainings_give_not_by_penalties(name: str) -> None:
    known = nas_problems.make(name).evaluator.metrics
    costs = [metric for metric in ("n_parameters", "train_seconds") if metric in known]
    reference = nas_problems.make(name, objective=(*costs, "validation_accuracy")).reference
    assert max(reference.nadir) <= 1e7
    assert reference.nadir[-1] == 100.0


@pytest.mark.data
@pytest.mark.skipif(not help_latency.at_hand(), reason="$IOHNAS_DATA has no help_latency")
def test_a_wrong_metric_of_dozens_comes_with_the_nearest_ones() -> None:
    with pytest.raises(KeyError, match=r"has latency_eyeriss_milliseconds, .* \(\d+ in all\), found"):
        nas_problems.make("nb201-cifar10[objective=latency_eyeris_milliseconds]")
