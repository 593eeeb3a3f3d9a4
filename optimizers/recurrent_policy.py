"""A recurrent policy: an LSTM that makes one decision after the other, each knowing those before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nas_problems.array import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What one decision of a batch of n sequences leaves for its gradient; H: size of the state."""

    inputs: IntArray  # (n,) rows of the embedding
    joined: FloatArray  # (n, 2 H): embedded input, and the state before
    gates: FloatArray  # (n, 4 H): input, forget, output, candidate
    cell_before: FloatArray  # (n, H)
    cell: FloatArray  # (n, H)
    hidden: FloatArray  # (n, H)
    logs: FloatArray  # (n, alternatives): log-probabilities


class RecurrentPolicy:
    """Probabilities of sequences of decisions, and their gradients.

    The input of a step is an embedding of the decision before it; each variable has a softmax of its own. All numbers
    are in one vector, ``theta``, which may be changed in place between calls.

    Args:
        counts: Alternatives of each decision.
        size: H, of the embedding and the state.
        rng: Draws the first numbers, uniformly from [-0.1, 0.1].

    Source: zoph2017, section 3; zoph2018, appendix.
    """

    def __init__(self, counts: Sequence[int], size: int, rng: np.random.Generator) -> None:
        self._counts, self._size = tuple(counts), size
        ends = np.cumsum([0, *counts])
        self._rows = [slice(a, b) for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]
        n = int(ends[-1])
        self._shapes = {
            "embedding": (n + 1, size),
            "lstm": (4 * size, 2 * size),
            "bias": (4 * size,),
            "head": (n, size),
        }
        self.theta: FloatArray = rng.uniform(-0.1, 0.1, size=sum(int(np.prod(s)) for s in self._shapes.values()))

    def _views(self, vector: FloatArray) -> dict[str, FloatArray]:
        """The parts of a vector like ``theta``, which share its memory."""
        views, start = {}, 0
        for name, shape in self._shapes.items():
            end = start + int(np.prod(shape))
            views[name] = vector[start:end].reshape(shape)
            start = end
        return views

    def draw(self, n: int, rng: np.random.Generator) -> IntArray:
        """Draw n sequences, (n, d)."""
        drawn = np.zeros((n, len(self._counts)), dtype=np.int64)
        self._run(drawn, rng)
        return drawn

    def log_probabilities(self, decisions: IntArray) -> FloatArray:
        """Of each decision of sequences (n, d), given those before it, (n, d)."""
        return self._chosen(self._run(decisions), decisions)

    def gradient(
        self, decisions: IntArray, weigh: Callable[[FloatArray], FloatArray], entropy_weight: float = 0.0
    ) -> FloatArray:
        """By ``theta``, of the sum of weights times log-probabilities, plus the weighted entropies.

        Args:
            decisions: Sequences, (n, d).
            weigh: Gives the weights (n, d), which count as constant, from the log-probabilities (n, d).
            entropy_weight: Of the entropy of each decision's softmax.

        Returns:
            In the shape of ``theta``.
        """
        parts, steps, size = self._views(self.theta), self._run(decisions), self._size
        weights = weigh(self._chosen(steps, decisions))
        total = np.zeros_like(self.theta)
        to = self._views(total)
        d_hidden, d_cell = np.zeros((2, len(decisions), size))
        at = np.arange(len(decisions))
        for j in range(len(self._counts) - 1, -1, -1):
            step, rows = steps[j], self._rows[j]
            p = np.exp(step.logs)
            entropy = -(p * step.logs).sum(axis=1, keepdims=True)
            d_logits = -weights[:, [j]] * p - entropy_weight * p * (step.logs + entropy)
            d_logits[at, decisions[:, j]] += weights[:, j]
            to["head"][rows] += d_logits.T @ step.hidden
            d_hidden = d_hidden + d_logits @ parts["head"][rows]
            i, f, o, g = np.split(step.gates, 4, axis=1)
            tanh = np.tanh(step.cell)
            d_cell = d_cell + d_hidden * o * (1 - tanh**2)
            d_gates = np.concatenate(
                [
                    d_cell * g * i * (1 - i),
                    d_cell * step.cell_before * f * (1 - f),
                    d_hidden * tanh * o * (1 - o),
                    d_cell * i * (1 - g**2),
                ],
                axis=1,
            )
            to["lstm"] += d_gates.T @ step.joined
            to["bias"] += d_gates.sum(axis=0)
            d_joined = d_gates @ parts["lstm"]
            np.add.at(to["embedding"], step.inputs, d_joined[:, :size])
            d_hidden, d_cell = d_joined[:, size:], d_cell * f
        return total

    def _chosen(self, steps: list[_Step], decisions: IntArray) -> FloatArray:
        at = np.arange(len(decisions))
        return np.stack([step.logs[at, decisions[:, j]] for j, step in enumerate(steps)], axis=1)

    def _run(self, decisions: IntArray, rng: np.random.Generator | None = None) -> list[_Step]:
        """The steps of sequences (n, d), which with ``rng`` are drawn on the way and written into ``decisions``."""
        parts, n = self._views(self.theta), len(decisions)
        hidden, cell = np.zeros((2, n, self._size))
        inputs = np.full(n, len(parts["embedding"]) - 1)  # the last row starts
        steps = []
        for j, rows in enumerate(self._rows):
            joined = np.concatenate([parts["embedding"][inputs], hidden], axis=1)
            raw = joined @ parts["lstm"].T + parts["bias"]
            gates = np.concatenate(
                [1 / (1 + np.exp(-raw[:, : 3 * self._size])), np.tanh(raw[:, 3 * self._size :])], axis=1
            )
            i, f, o, g = np.split(gates, 4, axis=1)
            before, cell = cell, f * cell + i * g
            hidden = o * np.tanh(cell)
            logits = hidden @ parts["head"][rows].T
            logits = logits - logits.max(axis=1, keepdims=True)
            logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
            if rng is not None:
                sums = np.exp(logs).cumsum(axis=1)
                decisions[:, j] = (sums > rng.random((n, 1)) * sums[:, -1:]).argmax(axis=1)
            steps.append(_Step(inputs, joined, gates, before, cell, hidden, logs))
            inputs = rows.start + decisions[:, j]
        return steps
