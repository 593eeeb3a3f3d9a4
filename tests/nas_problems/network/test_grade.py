"""Kinds of fidelities: what each changes, what it costs, and that the full one is always the same training."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import nas_problems
from nas_problems.datasets.images import ImageSet
from nas_problems.network.grade import AXES, Grade, grades_of
from nas_problems.network.protocol import TrainingProtocol

CELL = np.array([[3, 3, 2, 1, 4, 0]])


def images() -> ImageSet:
    labels = np.arange(90) % 3
    pixels = np.random.default_rng(0).random((90, 8, 8))
    return ImageSet.from_arrays("noise", pixels, labels, n_train=40)


@pytest.mark.parametrize("axis", AXES)
def test_every_axis_ends_with_the_full_training(axis: str) -> None:
    fidelities, grades = grades_of(axis, (1, 2, 4, 8))  # type: ignore[arg-type]  # one of AXES
    assert fidelities.name == axis and grades[fidelities.full] == Grade(8)
    assert fidelities.continued == (axis == "epochs")
    problem = nas_problems.make(f"train-nb201-digits[axis={axis}]")
    assert problem.fidelities == fidelities
    assert problem.name == ("train-nb201-digits" if axis == "epochs" else f"train-nb201-digits.{axis}")


def test_ids_of_axes_are_distinct() -> None:
    made = [nas_problems.make(name, axis=axis) for name in ("train-nb201-digits", "train-mlp-digits") for axis in AXES]
    assert len({problem.function_id for problem in made}) == len(made)


def test_shares_of_the_images_are_nested_and_by_class() -> None:
    whole = images()
    half, quarter = whole.with_share(0.5), whole.with_share(0.25)
    assert set(quarter.train) < set(half.train) < set(whole.train)
    assert np.bincount(half.labels[half.train]).max() - np.bincount(half.labels[half.train]).min() <= 1
    assert len(half.train) in (19, 20, 21) and np.array_equal(half.validation, whole.validation)
    assert len(whole.with_share(0.001).train) == 3


def test_lower_resolutions_are_means_over_areas() -> None:
    whole = images()
    assert np.allclose(whole.at_resolution(0.5).images, whole.reduced(2).images)
    three_quarters = whole.at_resolution(0.75)
    assert three_quarters.images.shape == (90, 1, 6, 6)
    assert np.allclose(three_quarters.images.mean(axis=(2, 3)), whole.images.mean(axis=(2, 3)))
    corner = whole.images[:, 0, :2, :2] * (np.array([1, 1 / 3])[:, None] * np.array([1, 1 / 3]))
    assert np.allclose(three_quarters.images[:, 0, 0, 0], corner.sum(axis=(1, 2)) * (3 / 4) ** 2)
    assert whole.at_resolution(0.01).shape.height == 1


@pytest.mark.parametrize(
    ("kind", "least"), [("nb201", 3.0), ("mlp", 1.5), ("chaincnn", 1.5), ("darts", 2.0), ("nb101", 2.0)]
)
def test_a_narrow_network_has_fewer_parameters(kind: str, least: float) -> None:
    problem = nas_problems.make(f"train-{kind}-digits", axis="width")
    space = problem.space
    drawn = {"nb201": CELL, "mlp": space.lower[None], "chaincnn": space.lower[None]}
    Z = drawn[kind] if kind in drawn else space.sample(1, np.random.default_rng(3))
    half, full = (problem.evaluate(Z, fidelity=width, metrics=["n_parameters"]) for width in (0.5, 1.0))
    assert full.metrics["n_parameters"] > least * half.metrics["n_parameters"]


@pytest.mark.parametrize("axis", ["train_share", "epochs-train_share"])
def test_cheaper_trainings_cost_less_and_the_full_one_is_the_same(axis: str) -> None:
    plain, problem = (nas_problems.make("train-nb201-digits", axis=kind, noise="seed-0") for kind in ("epochs", axis))
    low, full = (problem.evaluate(CELL, fidelity=problem.fidelities.values[k]) for k in (0, -1))
    assert not low.failed.any() and low.cost_seconds < full.cost_seconds
    assert low.metrics["validation_accuracy"] != full.metrics["validation_accuracy"]
    assert full.metrics["validation_accuracy"] == plain.evaluate(CELL).metrics["validation_accuracy"]


def test_networks_of_ones_own_have_all_axes_but_width() -> None:
    from nas_problems.network.mlp import MlpNetwork

    space = nas_problems.make("train-mlp-digits").space
    protocol = TrainingProtocol(epochs=2, batch_size=10)

    def made(axis: str) -> nas_problems.Problem:
        return nas_problems.from_network(
            MlpNetwork,
            space,
            images,
            name="own",
            protocol=protocol,
            epochs=(1, 2),
            axis=axis,  # type: ignore[arg-type]
        )

    Z = space.sample(1, np.random.default_rng(1))
    for axis in ("train_share", "resolution", "epochs-resolution"):
        assert np.isfinite(made(axis).variant(noise="seed-0", fidelity=made(axis).fidelities.values[0])(Z)).all()
    with pytest.raises(ValueError, match="width: wanted a family that can be narrower"):
        made("width")


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"axis: wanted one of epochs, train_share, .* found 'colour'"):
        nas_problems.make("train-nb201-digits[axis=colour]")
    with pytest.raises(ValueError, match="axis: nb201-digits has one kind of fidelities, found width"):
        nas_problems.make("nb201-digits", axis="width")
    with pytest.raises(ValueError, match=r"resolution: wanted a share in \(0, 1\], found 0"):
        Grade(1, resolution=0)
    with pytest.raises(ValueError, match="axis: wanted it once, found 'width'"):
        nas_problems.make("train-nb201-digits[axis=width]", axis="width")


def test_a_share_of_the_problem_and_of_the_axis_are_one_thing() -> None:
    """Half of the images are the same images by both options; both at once are refused."""
    always = nas_problems.make("train-nb201-digits[share=0.5,noise=seed-0]")
    sometimes = nas_problems.make("train-nb201-digits[axis=train_share,fidelity=0.5,noise=seed-0]")
    assert always(CELL).tolist() == sometimes(CELL).tolist()
    with pytest.raises(ValueError, match=r"share: the fidelities of the axis epochs-train_share are shares"):
        nas_problems.make("train-nb201-digits[share=0.5,axis=epochs-train_share]")
