"""Problems that train: chain CNNs, cells and perceptrons on image sets, with torch.

``$IOHNAS_DEVICE`` says where: ``cpu`` (the default) or ``cuda``. ``evaluator`` trains the same networks on
your own images.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Literal

import nas_problems
from nas_problems.catalog import chain_cnn
from nas_problems.catalog.nas_bench_201 import SPACE as CELL_SPACE
from nas_problems.cell.graph101 import SPACE as GRAPH_SPACE
from nas_problems.condition import Condition, inactive_to_lowest
from nas_problems.datasets.image_sets import IMAGE_SETS
from nas_problems.datasets.so2sat import SENSORS
from nas_problems.evaluators.training import (
    TrainingEvaluator,
    default_device,
    from_network,
    named_images,
    training_problem,
)
from nas_problems.network.grade import AXES, Axis, grades_of
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.network.skeleton import CellSkeleton, GraphSkeleton
from nas_problems.parameter import Config
from nas_problems.problem import Problem
from nas_problems.registry import unknown_name
from nas_problems.space import Categorical, Integer, Parameter, Real, SearchSpace
from nas_problems.supernet.space import DARTS

if TYPE_CHECKING:
    from torch import nn

    from nas_problems.datasets.images import ImageSet
    from nas_problems.datasets.so2sat import Split
    from nas_problems.network.family import Build, Family
    from nas_problems.network.shape import ImageShape

# ---- NAS-Bench-201 cells

DIGITS_SKELETON = CellSkeleton(channels=8, n_cells=3, n_stages=1, stem_stride=2)
"""Three cells of eight channels on 4 x 4 pixels: without a residual block, the cell alone decides."""

DIGITS_PROTOCOL = TrainingProtocol(
    epochs=8, batch_size=25, learning_rate=0.2, nesterov=True, weight_decay=5e-4, schedule="cosine"
)
DIGITS_EPOCHS = (1, 2, 4, 8)
_SMALL_SECONDS = 600.0  # for a training on digits

CELL_PROTOCOL = TrainingProtocol(
    epochs=12, batch_size=256, learning_rate=0.1, nesterov=True, weight_decay=5e-4, schedule="cosine"
)
"""As NAS-Bench-201 trains for 12 epochs, without its flips and crops.

Source: dong2020, section 2.3.
"""


def cell_setting(images: str) -> tuple[CellSkeleton, TrainingProtocol, tuple[int, ...]]:
    """Skeleton, protocol and fidelities: small ones for ``digits``, as published for all others."""
    if images == "digits":
        return DIGITS_SKELETON, DIGITS_PROTOCOL, DIGITS_EPOCHS
    return CellSkeleton(), CELL_PROTOCOL, (1, 4, 12)


def _cell_family(skeleton: CellSkeleton, shape: "ImageShape", width: float = 1.0) -> "Family":
    from nas_problems.network.family import CellFamily

    return CellFamily(shape, replace(skeleton, channels=_narrowed(skeleton.channels, width)))


def _narrowed(n: int, width: float) -> int:
    """A share of the channels, or units, of a layer; at least one."""
    return max(1, round(width * n))


# ---- NAS-Bench-101 cells

GRAPH_PROTOCOL = TrainingProtocol(epochs=36, batch_size=256, learning_rate=0.1, weight_decay=1e-4, schedule="cosine")
"""As NAS-Bench-101 trains for 36 epochs, with SGD instead of RMSProp, and without its flips and crops.

Source: ying2019, section 2.3.
"""


def graph_setting(images: str) -> tuple[GraphSkeleton, TrainingProtocol, tuple[int, ...]]:
    """Skeleton, protocol and fidelities: small ones for ``digits``, as published for all others.

    So2Sat is learned in batches of 128.

    Source: traore2021, section 4.
    """
    if images == "digits":
        return GraphSkeleton(width=16, n_stacks=1), DIGITS_PROTOCOL, DIGITS_EPOCHS
    if images in SENSORS:
        return GraphSkeleton(), replace(GRAPH_PROTOCOL, batch_size=128), (4, 12, 36)
    return GraphSkeleton(), GRAPH_PROTOCOL, (4, 12, 36)


def _graph_family(skeleton: GraphSkeleton, shape: "ImageShape", width: float = 1.0) -> "Family":
    from nas_problems.network.family import graph_family

    return graph_family(shape, replace(skeleton, width=_narrowed(skeleton.width, width)))


# ---- chain CNNs

SMALL_CHAIN = chain_cnn.make_space(
    strides=(1, 2),
    filters=(4, 32),
    kernels=(1, 3),
    dropout=(1e-5, 0.3),
    learning_rate=(1e-3, 5e-2),
    l2=(1e-5, 3e-3),
    dense=(0, 128),
)
"""Our ranges for images of 16 x 16 pixels, the digits with every pixel twice in both directions.
About half of the candidates fit on them. Differs: 500 images make few steps of a training, in which networks with
seven dropouts of up to .9, as in the paper's initial range, and larger learning rates learn nothing; dropout ends
at .3, and a batch has 25 images."""


def _chain_family(shape: "ImageShape", width: float = 1.0) -> "Family":
    from nas_problems.network.chain_cnn import ChainNetwork
    from nas_problems.network.family import NetworkFamily

    return NetworkFamily(shape, partial(_narrow, ChainNetwork, ("filters", "dense_size"), width))


def _narrow(
    build: "Callable[[Config, ImageShape], nn.Module]",
    sizes: tuple[str, ...],
    width: float,
    config: Config,
    shape: "ImageShape",
) -> "nn.Module":
    """A network with a share of the units that a configuration names; a layer of size 0 stays left out."""
    narrow = {
        name: _narrowed(int(value), width) if name.startswith(sizes) and value else value
        for name, value in config.items()
    }
    return build(narrow, shape)


# ---- DARTS cells


_PHOTOGRAPHS = ("cifar10", "cifar100", "eurosat", "flowers102", "flowers102-224")
_LARGE_PIXELS = 128  # from here on the stem halves three times


def darts_setting(images: str) -> tuple[int, int, TrainingProtocol, tuple[int, ...]]:
    """Channels, cells, protocol and fidelities: small ones for ``digits``, else those of DARTS's own search.

    Photographs are cropped and mirrored.

    Source: yang2020, table 2 and section 4.
    """
    if images == "digits":
        return 4, 4, TrainingProtocol(epochs=8, batch_size=25, learning_rate=0.1, schedule="cosine"), DIGITS_EPOCHS
    protocol = TrainingProtocol(
        epochs=50,
        batch_size=96,
        learning_rate=0.025,
        weight_decay=3e-4,
        schedule="cosine",
        cutout=16,
        drop_path=0.2,
        auxiliary_weight=0.4,
        crop=4 if images in _PHOTOGRAPHS else 0,
        flip=images in _PHOTOGRAPHS,
    )
    return 16, 8, protocol, (5, 20, 50)


def _darts_family(channels: int, n_cells: int, shape: "ImageShape", width: float = 1.0) -> "Family":
    from nas_problems.supernet.darts import DartsBackbone
    from nas_problems.supernet.family import BackboneFamily

    stem: Literal["small", "large"] = "large" if min(shape.height, shape.width) >= _LARGE_PIXELS else "small"
    return BackboneFamily(shape, DartsBackbone(channels=_narrowed(channels, width), n_cells=n_cells, stem=stem))


# ---- perceptrons

MAX_LAYERS = 4
_MLP_PARAMETERS: tuple[Parameter, ...] = (
    Integer("n_layers", 1, MAX_LAYERS),
    *(Integer(f"n_units_{layer}", 8, 256, log=True) for layer in range(MAX_LAYERS)),
    Categorical("activation", ("relu", "tanh")),
    Real("dropout", 0.0, 0.5),
    Real("lr", 1e-3, 0.5, log=True),
    Real("l2", 1e-6, 1e-2, log=True),
)
MLP_SPACE = SearchSpace(
    _MLP_PARAMETERS,
    canonical_form=inactive_to_lowest(
        _MLP_PARAMETERS,
        [
            Condition(f"n_units_{layer}", "n_layers", tuple(range(layer + 1, MAX_LAYERS + 1)))
            for layer in range(1, MAX_LAYERS)
        ],
    ),
)
"""Perceptrons of one to four hidden layers."""


def _mlp_family(shape: "ImageShape", width: float = 1.0) -> "Family":
    from nas_problems.network.family import MlpFamily

    return MlpFamily(shape, width=width)


# ---- problems


def _enlarged(load: "Callable[[], ImageSet]") -> "ImageSet":
    return load().enlarged(2)


@cache
def evaluator(
    kind: str,
    images: "str | Callable[[], ImageSet]",
    device: str = "cpu",
    *,
    split: "Split | None" = None,
    share: float = 1.0,
    axis: Axis = "epochs",
) -> TrainingEvaluator:
    """The evaluator behind ``train-<kind>-<images>``.

    Args:
        kind: ``chaincnn``, ``nb201``, ``mlp``, ``nb101`` or ``darts``.
        images: Name of an image set, or a function that gives one.
        device: Where to train.
        split: Of So2Sat, see ``load_so2sat``.
        share: Share of a named set's training part that is used at every fidelity; not with an axis of shares.
        axis: The kind of fidelities, see ``nas_problems.network.grade``.

    Raises:
        KeyError: Another kind.
        ValueError: Another axis.
    """
    if kind not in _SOURCES:
        raise unknown_name("kind of network", kind, tuple(_SOURCES))
    name = images if isinstance(images, str) else ""
    load = partial(named_images, images, split=split, share=share) if isinstance(images, str) else images
    is_small = name == "digits"
    family: Callable[..., Family]  # of a shape, and of a share of the channels
    if kind == "nb201":
        skeleton, protocol, epochs = cell_setting(name)
        family, space = partial(_cell_family, skeleton), CELL_SPACE
    elif kind == "nb101":
        stacks, protocol, epochs = graph_setting(name)
        family, space = partial(_graph_family, stacks), GRAPH_SPACE
    elif kind == "darts":
        channels, n_cells, protocol, epochs = darts_setting(name)
        family, space = partial(_darts_family, channels, n_cells), DARTS.space
    elif kind == "chaincnn":
        family, space = _chain_family, SMALL_CHAIN if is_small else chain_cnn.INITIAL
        protocol, epochs = TrainingProtocol(batch_size=DIGITS_PROTOCOL.batch_size if is_small else 100), (2, 10, 50)
    else:
        family, space = _mlp_family, MLP_SPACE
        protocol, epochs = TrainingProtocol(epochs=27), (1, 3, 9, 27)
    fidelities, grades = grades_of(axis, epochs)
    return TrainingEvaluator(
        space,
        partial(_enlarged, load) if is_small and kind == "chaincnn" else load,
        family,
        protocol,
        fidelities,
        grades=None if axis == "epochs" else grades,
        load_narrow=family,
        limit_seconds=_SMALL_SECONDS if is_small else 24 * 3600.0,
        device=device,
    )


def digits_problem(build: "Build", space: SearchSpace, *, name: str, function_id: int, source: str) -> Problem:
    """Networks of a space of their own on digits, trained by ``DIGITS_PROTOCOL``.

    Args:
        build: ``(config, shape) -> module``, see ``from_network``.
        space: The candidates.
        name: Name in logs and files.
        function_id: Its number in logs.
        source: What to cite.
    """
    return from_network(
        build,
        space,
        "digits",
        name=name,
        protocol=DIGITS_PROTOCOL,
        epochs=DIGITS_EPOCHS,
        function_id=function_id,
        limit_seconds=_SMALL_SECONDS,
        source=source,
    )


_SOURCES = {
    "chaincnn": "vanstein2020",
    "nb201": "dong2020",
    "mlp": "eggensperger2021",
    "nb101": "ying2019",
    "darts": "liu2019",
}
_TITLES = {
    "chaincnn": "Chain CNN",
    "nb201": "NAS-Bench-201 cell",
    "mlp": "Perceptron",
    "nb101": "NAS-Bench-101 cell",
    "darts": "DARTS cells",
}


def _problem(kind: str, images: str, function_id: int, *, share: float = 1.0, axis: Axis = "epochs") -> Problem:
    return _made(kind, images, function_id, None, share, axis)


def _problem_with_splits(
    kind: str, images: str, function_id: int, *, split: "Split" = "d1", share: float = 1.0, axis: Axis = "epochs"
) -> Problem:
    return _made(kind, images, function_id, split, share, axis)


def _made(kind: str, images: str, function_id: int, split: "Split | None", share: float, axis: Axis) -> Problem:
    if split not in (None, "d1", "d2"):
        raise ValueError(f"split: wanted d1 or d2, found {split!r}")
    if not 0 < share <= 1:
        raise ValueError(f"share: wanted a number in (0, 1], found {share}")
    if share < 1 and "train_share" in axis:
        raise ValueError(f"share: the fidelities of the axis {axis} are shares; wanted one of these, found {share}")
    trained = evaluator(kind, images, default_device(), split=split, share=share, axis=axis)
    name = f"train-{kind}-{images}" + (".d2" if split == "d2" else "") + (f".share-{share:g}" if share < 1 else "")
    if axis != "epochs":  # another problem for logs, with an id of its own
        name, function_id = f"{name}.{axis}", function_id + 1000 * AXES.index(axis)
    return training_problem(trained, name=name, function_id=function_id, source=_SOURCES[kind])


for _k, _kind in enumerate(_SOURCES):
    for _i, _images_name in enumerate(IMAGE_SETS):
        nas_problems.register(
            f"train-{_kind}-{_images_name}",
            summary=f"{_TITLES[_kind]} trained by torch on {_images_name}, validation error",
            family="train",
        )(
            partial(
                _problem_with_splits if _images_name in SENSORS else _problem,
                _kind,
                _images_name,
                22_001 + 100 * _k + _i,
            )
        )
