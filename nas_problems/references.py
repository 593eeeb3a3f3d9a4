"""Stated references of problems with several objectives: the scale of their hypervolumes, fixed once and for all.

Where a space is enumerable, ideal and nadir of its exact front are the reference, and nothing is stated here, but for
two reasons. NAS-Bench-201 has 341 cells that connect nothing: some devices give them almost no latency, so they
stretch the front to an error of 90 %; the references of these devices are those of the front of all other cells.
YAHPO's models and trainings have no exact front: the numbers below are the bounds of the front of 20,000 uniform
candidates, rounded outwards; those of live training are bounds of the space and of patience.
"""

from collections.abc import Mapping

from nas_problems.pareto import Reference

_ERROR = "validation_accuracy"

STATED: Mapping[tuple[str, tuple[str, ...]], Reference] = {
    ("nb201-cifar10", (_ERROR, "latency_raspi4_milliseconds")): Reference(
        (8.39333335, 2.52945294), (15.761333326, 68.40410818)
    ),
    ("nb201-cifar10", (_ERROR, "latency_pixel3_milliseconds")): Reference(
        (8.39333335, 1.05457), (15.674666677, 23.5848)
    ),
    ("yahpo-lcbench-3945", (_ERROR, "train_seconds")): Reference((0.0, 34.0), (25.0, 190.0)),
    ("yahpo-lcbench-167168", (_ERROR, "train_seconds")): Reference((13.0, 12.5), (64.0, 390.0)),
    ("yahpo-rbv2_rpart-41163", (_ERROR, "memory_megabytes")): Reference((26.5, 1180.0), (31.0, 1750.0)),
    ("yahpo-rbv2_xgboost-12", (_ERROR, "train_seconds", "predict_seconds")): Reference(
        (0.0, 1.3, 0.02), (23.0, 1650.0, 0.18)
    ),
    ("yahpo-iaml_glmnet-1489", ("validation_error", "n_features")): Reference((23.5, 0.0), (28.5, 6.0)),
    ("train-mlp-digits", (_ERROR, "n_parameters", "train_seconds")): Reference(
        (0.0, 610.0, 0.0), (90.0, 216_586.0, 60.0)
    ),
}
"""Registered name and objectives, in any order -> reference."""


def stated_reference(name: str, objectives: tuple[str, ...]) -> Reference | None:
    """The stated reference of a problem with these objectives, in their order; None: nothing is stated.

    >>> stated_reference("yahpo-lcbench-3945", ("train_seconds", "validation_accuracy")).nadir
    (190.0, 25.0)
    """
    for (stated_name, metrics), reference in STATED.items():
        if stated_name == name and sorted(metrics) == sorted(objectives):
            order = [metrics.index(metric) for metric in objectives]
            return Reference(
                tuple(reference.ideal[i] for i in order), tuple(reference.nadir[i] for i in order), reference.point
            )
    return None
