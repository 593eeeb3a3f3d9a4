"""Networks that grow by network morphisms on digits, each trained from its parent's weights."""

from functools import cache, partial

import nas_problems
from nas_problems.evaluators.inheriting import InheritingEvaluator
from nas_problems.evaluators.training import METRICS, default_device, named_images
from nas_problems.network.lineage import Lineage
from nas_problems.network.protocol import TrainingProtocol
from nas_problems.problem import Problem

PROTOCOL = TrainingProtocol(
    epochs=4, batch_size=25, learning_rate=0.05, nesterov=True, weight_decay=5e-4, schedule="cosine"
)
"""A generation: warm restarts from .05, as elsken2017 has them (17 epochs there), shorter as digits are smaller."""


@cache
def _evaluator(inherits: bool, device: str) -> InheritingEvaluator:
    return InheritingEvaluator(Lineage(), partial(named_images, "digits"), PROTOCOL, inherits=inherits, device=device)


def _problem(name: str, function_id: int, inherits: bool) -> Problem:
    evaluator = _evaluator(inherits, default_device())
    return Problem(
        name=name,
        function_id=function_id,
        base_space=evaluator.space,
        evaluator=evaluator,
        objectives=(METRICS["validation_accuracy"],),
        source="elsken2017",
        test_metric="test_accuracy",
    )


for _name, _function_id, _inherits, _what in (
    ("morphism-digits", 22_901, True, "from their parents' weights"),
    ("morphism-scratch-digits", 22_902, False, "from scratch, once"),
):
    nas_problems.register(
        _name, summary=f"networks grown by morphisms, trained {_what} on digits, validation error", family="morphism"
    )(partial(_problem, _name, _function_id, _inherits))
