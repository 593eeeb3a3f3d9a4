"""What the page computes: methods, sizes, and the setting on digits; without torch until it is asked for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nas_problems.parameter import Value
from optimizers.one_shot import ConfiguredMethod, SearchProtocol, Setting, make

if TYPE_CHECKING:
    from nas_problems.supernet.backbone import Backbone

METHODS: dict[str, tuple[str, dict[str, Value]]] = {
    "DARTS, first order": ("darts", {}),
    "DARTS, second order": ("darts", {"order": 2}),
    "P-DARTS": ("p-darts", {}),
    "StacNAS": ("stacnas", {}),
    "MANAS, least squares": ("manas", {}),
    "MANAS, bandit": ("manas", {"variant": "bandit"}),
    "GDAS": ("gdas", {}),
    "SNAS": ("snas", {}),
    "SETN": ("setn", {}),
    "ENAS": ("enas", {"controller_steps": 25}),
    "RSPS": ("rsps", {}),
    "path dropout": ("path-dropout", {}),
    "NAO": ("nao", {"n_seeds": 100, "n_top": 30, "n_new": 50, "n_random": 20, "predictor_epochs": 50}),
}
"""Methods of the table by the names that papers give them; fewer steps where the defaults are those of a GPU-day."""

MODES: dict[str, tuple[str, dict[str, Value]]] = {
    "softmax sum (DARTS)": ("darts", {}),
    "Gumbel one-hot (GDAS)": ("gdas", {}),
    "one path (RSPS)": ("rsps", {}),
    "path dropout": ("path-dropout", {}),
}
"""Ways to train shared weights, whose ranking of architectures is compared with the tables'."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is computed.

    Args:
        epochs: Of a search.
        n_seeds: Searches of each method.
        derive_every: Epochs from one derived architecture to the next.
        n_ranked: Cells that are ranked by inherited weights.
        n_rank_seeds: Supernets of each mode.
        marks: Epochs after which cells are ranked.
        n_timed: Full trainings next to which a search of each method is timed.
    """

    epochs: int = 15
    n_seeds: int = 8
    derive_every: int = 3
    n_ranked: int = 150
    n_rank_seeds: int = 2
    marks: tuple[int, ...] = (1, 3, 6, 10, 15)
    n_timed: int = 8

    @property
    def protocol(self) -> SearchProtocol:
        """How supernets are trained on digits.

        The product of steps and rate of the architecture parameters is about that of DARTS on CIFAR-10.
        """
        return SearchProtocol(epochs=self.epochs, batch_size=25, alpha_rate=0.02)


QUICK = Sizes(epochs=2, n_seeds=2, derive_every=1, n_ranked=8, n_rank_seeds=1, marks=(1, 2), n_timed=2)


def configured(label: str) -> ConfiguredMethod:
    """The method of one of ``METHODS`` or ``MODES``."""
    name, options = (METHODS | MODES)[label]
    return make(name, **options)


def backbone() -> "Backbone":
    """NAS-Bench-201's cells in the skeleton of the table nb201-digits."""
    from nas_problems.catalog.train import DIGITS_SKELETON
    from nas_problems.supernet.staged import StagedBackbone

    return StagedBackbone(DIGITS_SKELETON)


def setting(sizes: Sizes, seed: int) -> Setting:
    """Digits: weights are trained on the table's training part, architectures chosen by its validation part."""
    from nas_problems.datasets.image_sets import load_digits

    return Setting.of(backbone(), load_digits(), protocol=sizes.protocol, seed=seed)
