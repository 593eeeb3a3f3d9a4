"""NAO's model of architectures: a code becomes a point, a point has a predicted accuracy, and becomes a code again."""

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems.array import FloatArray
from nas_problems.space import Codes, SearchSpace


class ArchitectureModel(nn.Module):
    """Encoder, predictor and decoder over the columns of codes.

    Args:
        space: A finite space; every column with each of its choices is a token.
        embedding: Size of a token's embedding.
        size: Of the LSTMs' states.

    Source: luo2018, section 3; yang2020, appendix A.1.
    """

    def __init__(self, space: SearchSpace, *, embedding: int = 48, size: int = 96) -> None:
        super().__init__()
        counts = [n for n in space.n_choices if n is not None]
        self.offsets = torch.tensor(np.concatenate([[0], np.cumsum(counts)[:-1]]))
        self.counts, self.n_tokens = counts, sum(counts)
        self.embedding = nn.Embedding(self.n_tokens + 1, embedding)  # the last one starts
        self.encoder = nn.LSTM(embedding, size, batch_first=True)
        self.predictor = nn.Sequential(nn.Linear(size, size), nn.ReLU(), nn.Linear(size, 1))
        self.decoder = nn.LSTM(embedding + size, size, batch_first=True)
        self.out = nn.Linear(size, self.n_tokens)
        allowed = torch.zeros(len(counts), self.n_tokens, dtype=torch.bool)
        for column, (start, n) in enumerate(zip(self.offsets.tolist(), counts, strict=True)):
            allowed[column, start : start + n] = True
        self.allowed = allowed

    def encode(self, tokens: Tensor) -> Tensor:
        """Tokens (n, d) -> the encoder's outputs, of length one, (n, d, size)."""
        outputs = cast(Tensor, self.encoder(self.embedding(tokens))[0])
        return functional.normalize(outputs, dim=2)

    def predict(self, outputs: Tensor) -> Tensor:
        """Predicted accuracy in [0, 1], (n,)."""
        return torch.sigmoid(self.predictor(functional.normalize(outputs.mean(dim=1), dim=1))[:, 0])

    def logits(self, outputs: Tensor, previous: Tensor) -> Tensor:
        """Logits of every column's token, given the tokens before it, (n, d, tokens)."""
        seen = torch.cat([self.embedding(previous), outputs], dim=2)
        logits = self.out(self.decoder(seen)[0])
        return cast(Tensor, logits.masked_fill(~self.allowed, -torch.inf))

    def _shifted(self, tokens: Tensor) -> Tensor:
        start = torch.full_like(tokens[:, :1], self.n_tokens)
        return torch.cat([start, tokens[:, :-1]], dim=1)

    def loss(self, tokens: Tensor, accuracy: Tensor, trade_off: float) -> Tensor:
        """trade_off * squared error + (1 - trade_off) * cross-entropy of the reconstruction."""
        outputs = self.encode(tokens)
        logits = self.logits(outputs, self._shifted(tokens))
        reconstruction = functional.cross_entropy(logits.flatten(0, 1), tokens.flatten())
        error = functional.mse_loss(self.predict(outputs), accuracy)
        return trade_off * error + (1.0 - trade_off) * reconstruction

    def improved(self, tokens: Tensor, step: float) -> Tensor:
        """Tokens decoded from points that are a step along the predictor's gradient, (n, d)."""
        outputs = self.encode(tokens).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.predict(outputs).sum(), outputs)
        moved = outputs.detach() + step * gradient
        with torch.no_grad():
            decoded = self._shifted(tokens)[:, :1]
            for column in range(len(self.counts)):
                logits = self._next(moved, decoded, column)
                decoded = torch.cat([decoded, logits.argmax(dim=1, keepdim=True)], dim=1)
        return decoded[:, 1:]

    def _next(self, outputs: Tensor, decoded: Tensor, column: int) -> Tensor:
        seen = torch.cat([self.embedding(decoded), outputs[:, : column + 1]], dim=2)
        logits = self.out(self.decoder(seen)[0][:, -1])
        return cast(Tensor, logits.masked_fill(~self.allowed[column], -torch.inf))

    def tokens(self, Z: Codes) -> Tensor:
        """Codes (n, d) as tokens."""
        return torch.from_numpy(Z) + self.offsets

    def codes(self, tokens: Tensor) -> Codes:
        """Tokens (n, d) as codes."""
        return np.asarray((tokens - self.offsets).numpy(), dtype=np.int64)


def scaled(accuracy: FloatArray) -> Tensor:
    """Accuracies brought to [0, 1] by their extremes."""
    spread = float(np.ptp(accuracy)) or 1.0
    return torch.from_numpy((accuracy - accuracy.min()) / spread).float()
