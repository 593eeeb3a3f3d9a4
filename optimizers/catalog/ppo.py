"""The recurrent controller of NASNet: an LSTM that learns by proximal policy optimization."""

from functools import partial
from typing import Annotated

import numpy as np

from nas_problems.array import FloatArray
from optimizers.adam import Adam
from optimizers.decisions import Decisions, RankReward
from optimizers.loop import Loop, as_solver
from optimizers.option import Between, PositiveInt
from optimizers.recurrent_policy import RecurrentPolicy
from optimizers.registry import solvers
from optimizers.solver import Task
from optimizers.variation import repair


@solvers.register(
    "ppo", summary="an LSTM controller with proximal policy optimization", family="reinforcement learning"
)
@as_solver
def ppo(
    task: Task,
    *,
    batch_size: PositiveInt = 10,
    learning_rate: Annotated[float, Between(1e-6, 10)] = 0.01,
    n_epochs: PositiveInt = 5,
    clip: Annotated[float, Between(0.01, 0.99)] = 0.2,
    entropy_weight: Annotated[float, Between(0)] = 1e-3,
    momentum: Annotated[float, Between(0, 0.999)] = 0.95,
    size: Annotated[int, Between(1, 1000)] = 32,
) -> Loop:
    """Draw a batch from the controller, evaluate it, and make the better ones more likely, in clipped steps.

    An LSTM decides variable after variable. The advantage of a candidate is its reward less a moving average;
    ``n_epochs`` steps of Adam raise the mean over decisions of min(r A, clip(r, 1 - c, 1 + c) A), where r is the
    probability of the decision over that when it was drawn. A reward is the share of candidates so far that are
    worse, so that no unit matters. Long ranges are cut into intervals.

    Differs: rewards are ranks, not accuracies; rate 0.01 instead of 0.00035, batches of 10 instead of 20, a state of
    32 instead of 100, and five epochs per batch, for budgets of hundreds instead of 20,000; first candidates of the
    initializer, and repaired ones, are learnt from as if the controller had drawn them.

    Args:
        task: What is searched; its initializer chooses the first batch.
        batch_size: Candidates between two updates.
        learning_rate: Of Adam.
        n_epochs: Steps per batch.
        clip: c.
        entropy_weight: Of the mean entropy of the decisions, which is raised as well.
        momentum: Of the moving average of the rewards.
        size: Of the LSTM's state.

    Source: zoph2018, appendix; schulman2017, equation 7.
    """
    space, rng, batch_size = task.space, task.rng, min(batch_size, task.budget)
    decisions, reward = Decisions(space), RankReward()
    policy, adam = RecurrentPolicy(decisions.counts, size, rng), Adam(learning_rate)
    baseline = 0.5
    asked = task.start(batch_size)
    while True:
        y = yield asked
        rewards = np.array([reward.add(value) for value in y.tolist()])
        advantage = (rewards - baseline)[:, None]
        baseline = momentum * baseline + (1 - momentum) * float(rewards.mean())
        chosen = decisions.of_codes(asked)
        weigh = partial(_weights, advantage, policy.log_probabilities(chosen), clip)
        for _ in range(n_epochs):
            policy.theta += adam.step(-policy.gradient(chosen, weigh, entropy_weight) / chosen.size)
        Z = decisions.to_codes(policy.draw(batch_size, rng), rng)
        asked = repair(space, Z, rng)


def _weights(advantage: FloatArray, before: FloatArray, clip: float, now: FloatArray) -> FloatArray:
    """Of the gradients of log-probabilities in that of the clipped objective.

    Args:
        advantage: Of each candidate, (n, 1).
        before: Log-probabilities of its decisions when they were drawn, (n, d).
        clip: c.
        now: Log-probabilities at present, (n, d).

    >>> _weights(np.array([[1.0], [-1.0]]), np.zeros((2, 2)), 0.2, np.log([[1.1, 1.3], [1.1, 0.7]])).round(2).tolist()
    [[1.1, 0.0], [-1.1, -0.0]]
    """
    ratio = np.exp(now - before)
    is_clipped = np.where(advantage > 0, ratio > 1 + clip, ratio < 1 - clip)
    return np.where(is_clipped, 0.0, ratio) * advantage
