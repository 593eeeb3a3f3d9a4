"""StacNAS: similar operations compete only after their group has won; weights and parameters on the same data."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nas_problems.array import BoolArray
from nas_problems.supernet.mixture import softmax_mixture
from nas_problems.supernet.space import CellSpace
from optimizers.one_shot.registry import register
from optimizers.one_shot.setting import Setting
from optimizers.one_shot.supernet_search import SupernetSearch

GROUPS = (
    ("max_pool_3x3", "avg_pool_3x3"),
    ("skip_connect",),
    ("sep_conv_3x3", "sep_conv_5x5", "sep_conv_7x7"),
    ("dil_conv_3x3", "dil_conv_5x5"),
    ("nor_conv_3x3", "nor_conv_1x1"),
)
"""Operations with similar outputs; the first of a group that a space has stands for it."""


def grouped(cells: CellSpace) -> list[list[int]]:
    """Numbers of the operations of every group; what is in no group, such as ``none``, is one of its own."""
    known = [[cells.operations.index(name) for name in group if name in cells.operations] for group in GROUPS]
    members = {number for group in known for number in group}
    return [group for group in known if group] + [[o] for o in range(len(cells.operations)) if o not in members]


@register("stacnas", summary="one level, groups of operations first, their members second", family="differentiable")
class StacNas(SupernetSearch):
    """Two stages of equally many epochs.

    Args:
        setting: On what it works.
        second_cells: Cells of the second stage's network; 0: the backbone's own number.

    Source: li2019stacnas; yang2020, appendix A.1.
    """

    def __init__(self, setting: Setting, *, second_cells: int = 0) -> None:
        super().__init__(setting)
        self.second_cells = second_cells
        self.groups = grouped(self.cells)
        self.mask = self._representatives()
        self.build()

    def _representatives(self) -> BoolArray:
        mask = np.zeros(self.cells.shape, dtype=np.bool_)
        mask[:, :, [group[0] for group in self.groups]] = True
        return mask

    @property
    def _half(self) -> int:
        return -(-self.n_epochs // 2)

    def run_epoch(self) -> None:
        """One pass over the training part, which trains weights and architecture parameters together."""
        is_second = self.epoch >= self._half
        done = self.epoch - (self._half if is_second else 0)
        self.start_epoch(self.protocol.learning_rate_at(done, self._half))
        for batch in self.batches(self.setting.train):
            self.alpha_step(self.loss(batch, softmax_mixture(self.alpha, self.mask)))
            self.weight_step(batch, softmax_mixture(self.alpha, self.mask))
        self.epoch += 1
        if self.epoch == self._half and not is_second and self.n_epochs > 1:
            self.start_stage(self._winners(), self.second_cells or None)

    def _winners(self) -> BoolArray:
        """The members of the group that won on every edge."""
        best = np.where(self.cells.choosable, self.scores(), -np.inf).argmax(axis=2)
        mask = np.zeros(self.cells.shape, dtype=np.bool_)
        for group in self.groups:
            kind, edge = np.nonzero(best == group[0])
            mask[kind[:, None], edge[:, None], np.array(group)] = True
        return mask

    def load(self, state: Mapping[str, Any]) -> None:
        """See ``SupernetSearch.load``; the stage's network is built first."""
        self.epoch = state["epoch"]
        if self.epoch >= self._half and self.n_epochs > 1:
            self.start_stage(state["mask"].numpy(), self.second_cells or None)
        super().load(state)
