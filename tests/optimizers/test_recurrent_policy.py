"""The recurrent policy: probabilities, gradients and entropies are those of an LSTM in torch."""

import numpy as np
import pytest

from nas_problems.array import FloatArray, IntArray
from optimizers.recurrent_policy import RecurrentPolicy

COUNTS, SIZE = (3, 1, 4, 2), 5


def policy() -> RecurrentPolicy:
    """A policy whose numbers are large enough to matter."""
    made = RecurrentPolicy(COUNTS, SIZE, np.random.default_rng(1))
    made.theta *= 10
    return made


def test_probabilities_of_all_sequences_sum_to_one() -> None:
    """24 sequences, one of which is drawn as often as its probability says."""
    every = np.array([[a, 0, c, e] for a in range(3) for c in range(4) for e in range(2)])
    p = np.exp(policy().log_probabilities(every).sum(axis=1))
    assert p.sum() == pytest.approx(1.0)
    drawn = policy().draw(20_000, np.random.default_rng(2))
    shares = [(drawn == sequence).all(axis=1).mean() for sequence in every]
    assert shares == pytest.approx(p, abs=0.015)


def test_the_gradient_is_that_of_finite_differences() -> None:
    """Weighted log-probabilities and entropies, by every number of the policy."""
    ours, rng = policy(), np.random.default_rng(3)
    decisions, weights = ours.draw(6, rng), rng.standard_normal((6, len(COUNTS)))

    def objective(theta: FloatArray) -> float:
        ours.theta = theta
        return float((weights * ours.log_probabilities(decisions)).sum()) + 0.3 * entropy(ours, decisions)

    theta = ours.theta.copy()
    gradient = ours.gradient(decisions, lambda logs: weights, 0.3)
    h = 1e-6
    for i in rng.choice(len(theta), size=40, replace=False):
        step = np.zeros_like(theta)
        step[i] = h
        slope = (objective(theta + step) - objective(theta - step)) / (2 * h)
        assert gradient[i] == pytest.approx(slope, abs=1e-6)


def entropy(ours: RecurrentPolicy, decisions: IntArray) -> float:
    """Sum of the entropies of all softmaxes, from the log-probabilities of every alternative."""
    total = 0.0
    for j, count in enumerate(COUNTS):
        logs = []
        for alternative in range(count):
            changed = decisions.copy()
            changed[:, j] = alternative
            logs.append(ours.log_probabilities(changed)[:, j])
        total -= sum(float((np.exp(log) * log).sum()) for log in logs)
    return total


def test_probabilities_are_those_of_an_lstm_of_torch() -> None:
    """The same numbers in ``torch.nn.LSTMCell``, whose gates come in another order."""
    torch = pytest.importorskip("torch", reason="the cell is compared with that of torch")
    ours = policy()
    parts = ours._views(ours.theta)
    cell = torch.nn.LSTMCell(SIZE, SIZE).double()
    i, f, o, g = np.split(np.arange(4 * SIZE), 4)
    order = np.concatenate([i, f, g, o])
    with torch.no_grad():
        cell.weight_ih.copy_(torch.tensor(parts["lstm"][order, :SIZE]))
        cell.weight_hh.copy_(torch.tensor(parts["lstm"][order, SIZE:]))
        cell.bias_ih.copy_(torch.tensor(parts["bias"][order]))
        cell.bias_hh.zero_()
    sequence, starts = [2, 0, 3, 1], [0, 3, 4, 8]
    state, x, logs = None, torch.tensor(parts["embedding"][-1:]), []
    for start, count, chosen in zip(starts, COUNTS, sequence, strict=True):
        state = cell(x, state)
        head = torch.tensor(parts["head"][start : start + count])
        logs.append(float(torch.log_softmax(state[0] @ head.T, dim=1)[0, chosen].detach()))
        x = torch.tensor(parts["embedding"][[start + chosen]])
    assert ours.log_probabilities(np.array([sequence]))[0] == pytest.approx(logs)
