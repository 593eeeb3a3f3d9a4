"""ENAS's controller: an LSTM that decides edge by edge, with attention over the nodes that may be inputs."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems.supernet.space import ABSENT, Architecture, CellSpace


@dataclass(frozen=True, eq=False)
class Drawn:
    """An architecture that a controller drew.

    Args:
        architecture: What it is.
        log_probability: Of all decisions together.
        entropy: Sum over all decisions.
    """

    architecture: Architecture
    log_probability: Tensor
    entropy: Tensor


class Controller(nn.Module):
    """Draws architectures, one decision after the other.

    Args:
        cells: The space.
        size: Of the LSTM's state.
        tanh_constant: c in c * tanh(logits / temperature).
        temperature: Divides logits.

    Source: pham2018, section 2.4 and released code; yang2020, appendix A.1.
    """

    def __init__(
        self, cells: CellSpace, *, size: int = 64, tanh_constant: float = 1.10, temperature: float = 2.5
    ) -> None:
        super().__init__()
        self.cells, self.tanh_constant, self.temperature = cells, tanh_constant, temperature
        self.numbers = [o for o, is_in in enumerate(cells.choosable) if is_in]
        self.lstm = nn.LSTMCell(size, size)
        self.embedding = nn.Embedding(len(self.numbers) + 1, size)  # the last one starts
        self.operation = nn.Linear(size, len(self.numbers))
        self.anchor, self.query, self.score = nn.Linear(size, size), nn.Linear(size, size), nn.Linear(size, 1)
        for values in self.parameters():
            nn.init.uniform_(values, -0.1, 0.1)

    def _logits(self, raw: Tensor) -> Tensor:
        return self.tanh_constant * torch.tanh(raw / self.temperature)

    def draw(self, generator: torch.Generator) -> Drawn:
        """One architecture."""
        state = (torch.zeros(1, self.lstm.hidden_size),) * 2
        x = self.embedding(torch.tensor([len(self.numbers)]))
        logs: list[Tensor] = []
        entropies: list[Tensor] = []

        def decide(logits: Tensor) -> int:
            log = functional.log_softmax(logits, dim=0)
            chosen = int(torch.multinomial(log.detach().exp(), 1, generator=generator))
            logs.append(log[chosen])
            entropies.append(-(log.exp() * log).sum())
            return chosen

        choices = []
        for _ in self.cells.kinds:
            row = [ABSENT] * self.cells.n_edges
            anchors = [torch.zeros(1, self.lstm.hidden_size)] * self.cells.n_inputs
            keys: list[Tensor] = []  # by which nodes are found: inputs, of which nothing is known, have different ones
            for _ in range(0 if self.cells.n_kept is None else self.cells.n_inputs):
                state = self.lstm(x, state)
                keys.append(state[0])
            for incoming in self.cells.node_edges:
                free = list(range(len(incoming)))  # inputs that this node does not have yet
                for _ in range(len(incoming) if self.cells.n_kept is None else self.cells.n_kept):
                    place = free[0]
                    if self.cells.n_kept is not None:
                        state = self.lstm(x, state)
                        seen = torch.cat([keys[start] for start in free])
                        raw = self.score(torch.tanh(self.anchor(seen) + self.query(state[0])))[:, 0]
                        place = free[decide(self._logits(raw))]
                        x = anchors[place]
                    free.remove(place)
                    state = self.lstm(x, state)
                    chosen = decide(self._logits(self.operation(state[0])[0]))
                    row[incoming[place]] = self.numbers[chosen]
                    x = self.embedding(torch.tensor([chosen]))
                state = self.lstm(x, state)
                anchors.append(state[0])
                keys.append(state[0])
            choices.append(tuple(row))
        depths = tuple(-(-most // 2) for most in self.cells.max_depths)
        return Drawn(Architecture(tuple(choices), depths), torch.stack(logs).sum(), torch.stack(entropies).sum())
