"""One-shot searches: they train a supernet of their own, and derive an architecture from it.

A *method* is one small file in ``catalog``; ``make("gdas")`` configures it. A ``Setting`` says on what: a
backbone, images, a protocol, a seed. The search that a method starts has three parts: ``run_epoch`` trains,
``derive`` names the architecture it would give now, ``state`` and ``load`` let it go on after a kill. ``search``
runs it: epoch by epoch, with the architecture derived after each, its seconds, and a checkpoint; ``as_run_log``
looks the derived architectures up in a table, so that reports, ranks and tests work on them next to solvers.

>>> from optimizers import one_shot
>>> one_shot.names()[:4]
('cnas', 'compact', 'darts', 'enas')
>>> one_shot.make("darts", order=2).label
'darts.order-2'
"""

from optimizers.one_shot.registry import ConfiguredMethod, make, methods, names, options, register
from optimizers.one_shot.setting import SearchProtocol, Setting

__all__ = ["ConfiguredMethod", "SearchProtocol", "Setting", "make", "methods", "names", "options", "register"]
