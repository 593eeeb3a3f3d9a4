"""What a network computes, as a hash: equal layers whose code differs are told apart, in every process alike."""

import os
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_problems import ImageSet, Integer, Problem, SearchSpace, TrainingProtocol, from_network
from nas_problems.network import identity
from nas_problems.network.identity import network_digest

IMAGES = torch.linspace(-1, 1, 8 * 16).view(8, 1, 4, 4)
FACTOR = 0.5


def halved(x: Tensor) -> Tensor:
    """A function of the module's that refers to a number of it."""
    return x * FACTOR


class Net(nn.Module):
    """Two layers with a function between them, which ``repr`` does not show."""

    def __init__(self, act: object) -> None:
        super().__init__()
        self.first, self.act, self.head = nn.Linear(16, 6), act, nn.Linear(6, 3)

    def forward(self, images: Tensor) -> Tensor:
        """(batch, 1, 4, 4) -> (batch, 3)."""
        logits: Tensor = self.head(self.act(self.first(images.flatten(1))))  # type: ignore[operator]  # a function
        return logits


class Dropping(Net):
    """Differs from ``Net`` while it is trained only."""

    rate = 0.5

    def forward(self, images: Tensor) -> Tensor:
        """See ``Net``."""
        return functional.dropout(super().forward(images), self.rate, self.training)


class DroppingMore(Dropping):
    """The same code with another number."""

    rate = 0.7


@dataclass(frozen=True)
class Scale:
    """A callable with a value."""

    factor: float

    def __call__(self, x: Tensor) -> Tensor:
        """Scaled."""
        return x * self.factor


def load_images() -> ImageSet:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return ImageSet.from_arrays("noise", rng.random((60, 4, 4)) + labels[:, None, None], labels)


def digest(network: nn.Module) -> str:
    torch.manual_seed(0)
    with torch.no_grad():
        for values in network.parameters():
            values.uniform_(-1, 1)
    return network_digest(network, IMAGES)


def with_hook() -> nn.Module:
    network = Net(torch.relu)
    network.head.register_forward_hook(lambda module, inputs, output: output.detach() if module.training else None)
    return network


def in_a_closure(rate: float) -> nn.Module:
    """A class whose ``forward`` takes a number from where it was made."""

    class Local(Net):
        """Has no number of its own."""

        def forward(self, images: Tensor) -> Tensor:
            """See ``Net``."""
            return functional.dropout(super().forward(images), rate, self.training)

    return Local(torch.relu)


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: Net(torch.relu),
    "zeros": lambda: Net(torch.zeros_like),
    "relu of functional": lambda: Net(functional.relu),
    "a function": lambda: Net(halved),
    "a lambda": lambda: Net(lambda x: x * 0.5),
    "a lambda of another number": lambda: Net(lambda x: x * 0.25),
    "leaky": lambda: Net(partial(functional.leaky_relu, negative_slope=1e-9)),
    "leakier": lambda: Net(partial(functional.leaky_relu, negative_slope=2e-9)),
    "an object": lambda: Net(Scale(1.0)),
    "an object of another number": lambda: Net(Scale(1.0 + 1e-9)),
    "dropout": lambda: Dropping(torch.relu),
    "more dropout": lambda: DroppingMore(torch.relu),
    "a closure": lambda: in_a_closure(0.1),
    "a closure of another number": lambda: in_a_closure(0.2),
    "a hook": with_hook,
}


def all_digests() -> dict[str, str]:
    return {name: digest(make()) for name, make in NETWORKS.items()}


def test_networks_of_equal_layers_and_weights_are_told_apart_by_their_code_in_every_process_alike() -> None:
    found = all_digests()
    assert len(set(found.values())) == len(NETWORKS)
    process = subprocess.run(
        [sys.executable, "-c", "from tests.nas_problems.network import test_identity as t; print(t.all_digests())"],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.strip() == str(found)


def test_what_a_function_refers_to_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(Net(halved)), digest(Net(torch.relu))
    monkeypatch.setitem(globals(), "FACTOR", 0.5 + 1e-9)  # too little for the answers to tell
    assert digest(Net(halved)) != before[0]
    assert digest(Net(torch.relu)) == before[1]


def imports(x: Tensor) -> Tensor:
    """A function that imports what it needs when it is called."""
    import library_of_the_user  # type: ignore[import-not-found]  # made by the test

    result: Tensor = library_of_the_user.act(x)
    return result


def test_what_a_function_takes_from_a_module_of_the_user_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    library = types.ModuleType("library_of_the_user")
    monkeypatch.setitem(sys.modules, "library_of_the_user", library)
    for act in (imports, lambda x: library.act(x)):
        digests = []
        for slope in (1e-9, 2e-9, 1e-9):
            vars(library)["act"] = partial(functional.leaky_relu, negative_slope=slope)
            digests.append(digest(Net(act)))
        assert digests[0] == digests[2] and digests[0] != digests[1]


def test_answers_tell_what_code_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an installed package only names are looked at."""
    monkeypatch.setattr(identity, "is_of_the_user", lambda module: False)
    networks = [Net(lambda x: x * 0.5), Net(lambda x: x * 0.25), Net(lambda x: x * (0.5 + 1e-9))]
    digests = [digest(network) for network in networks]
    assert digests[0] == digests[2] and digests[0] != digests[1]


def test_small_differences_of_processors_do_not_count() -> None:
    network = Net(torch.relu)
    before = digest(network)
    with torch.no_grad():
        for values in network.parameters():
            values.mul_(1 + 3e-7)
    assert network_digest(network, IMAGES) == before
    assert network.training  # as it was


def test_a_network_that_cannot_be_asked_is_told_by_its_code() -> None:
    def fails(x: Tensor) -> Tensor:
        raise RuntimeError("no")

    assert digest(Net(fails)) == digest(Net(fails)) != digest(Net(torch.relu))


@pytest.mark.parametrize("acts", [(torch.relu, torch.zeros_like), (torch.zeros_like, torch.relu)])
def test_networks_of_other_code_do_not_share_kept_trainings(
    acts: tuple[Callable[[Tensor], Tensor], ...], tmp_path: Path
) -> None:
    def problem(act: Callable[[Tensor], Tensor]) -> Problem:
        made = from_network(
            lambda config, shape: Net(act),
            SearchSpace((Integer("unused", 0, 1),)),
            load_images,
            name="mine",
            protocol=TrainingProtocol(epochs=2, batch_size=10),
        )
        return made.variant(noise="seed-0")

    for act in acts:
        alone = problem(act)([[0]])
        assert problem(act).keeping(tmp_path)([[0]]) == alone
        assert problem(act).keeping(tmp_path)([[0]]) == alone  # and is kept
    assert len(list(tmp_path.iterdir())) == 2
