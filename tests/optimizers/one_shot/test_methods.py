"""One-shot methods by hand: gradients, groups, draws, fronts."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: pip install torch==2.13.0")

import torch

from nas_problems.supernet.space import ABSENT, DARTS, DARTS_OPERATIONS, NB201, CellSpace
from optimizers.one_shot.autoencoder import ArchitectureModel, scaled
from optimizers.one_shot.catalog.compact import Compact
from optimizers.one_shot.catalog.darts import Darts, second_order_gradient
from optimizers.one_shot.catalog.manas import Manas
from optimizers.one_shot.catalog.nsganet import crowding_distance, mutated, ranks, survivors
from optimizers.one_shot.catalog.p_darts import PDarts
from optimizers.one_shot.catalog.stacnas import StacNas, grouped
from optimizers.one_shot.controller import Controller
from optimizers.one_shot.sampling import draw_architecture
from tests.optimizers.one_shot.settings import setting


def test_the_second_order_gradient_is_the_numerical_one() -> None:
    """A toy of three weights and two architecture parameters: the step of the weights depends on the latter."""
    generator = torch.Generator().manual_seed(0)
    A, b, c = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((3, 3), (3, 2), (3,)))
    weights = torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64, requires_grad=True)
    alpha = torch.tensor([0.4, -0.7], dtype=torch.float64, requires_grad=True)
    rate, decay, momentum = 0.1, 0.01, torch.tensor([0.05, 0.0, -0.1], dtype=torch.float64)

    def train(w: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        return (A @ torch.tanh(w) + b @ torch.softmax(a, dim=0)).square().sum()

    def validation(w: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        return (torch.sin(w) + c * torch.softmax(a, dim=0)[0]).square().sum()

    def unrolled(a: torch.Tensor) -> float:
        w = weights.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(train(w, a), w)
        return float(validation(w - rate * (gradient + decay * w + momentum), a).detach())

    found = second_order_gradient(
        lambda: train(weights, alpha),
        lambda: validation(weights, alpha),
        [weights],
        alpha,
        rate=rate,
        decay=decay,
        momenta=[momentum],
    )
    steps = 1e-5 * torch.eye(2, dtype=torch.float64)
    numerical = [(unrolled(alpha.detach() + h) - unrolled(alpha.detach() - h)) / 2e-5 for h in steps]
    np.testing.assert_allclose(found, numerical, rtol=1e-3)
    assert weights.tolist() == [0.3, -0.2, 0.5]
    (first_order,) = torch.autograd.grad(validation(weights, alpha), alpha)
    assert not np.allclose(first_order, numerical, rtol=0.05)


def test_the_second_order_gradient_is_the_first_where_the_loss_does_not_change() -> None:
    """At a minimum of the validation loss in the weights there is no direction whose length could be 1."""
    weights = torch.tensor([0.3], requires_grad=True)
    alpha = torch.tensor([0.4], requires_grad=True)
    found = second_order_gradient(
        lambda: (weights * alpha).sum(), lambda: (0.0 * weights + 3.0 * alpha).sum(), [weights], alpha, rate=0.1
    )
    assert found.tolist() == [3.0] and weights.item() == pytest.approx(0.3)


def test_second_order_leaves_the_weights_as_they_were() -> None:
    search = Darts(setting(), order=2)
    search.start_epoch()
    batch, validation = next(search.paired_batches())
    search.weight_step(batch, search.mixture())  # so that there is a momentum
    before = [values.detach().clone() for values in search.weights]
    alpha = search.alpha.detach().clone()
    search._second_order_step(batch, validation)
    for values, old in zip(search.weights, before, strict=True):
        torch.testing.assert_close(values, old)
    assert not torch.equal(search.alpha, alpha)


def test_darts_lowers_the_validation_loss() -> None:
    search = Darts(setting(epochs=8))
    part = search.setting.validation
    losses = []
    for _ in range(8):
        losses.append(search.loss((part.images, part.labels), search.mixture()).item())
        search.run_epoch()
    assert losses[-1] < 0.8 * losses[0]


def test_p_darts_drops_operations_and_limits_skip_connections() -> None:
    search = PDarts(setting("darts", epochs=3), max_skips=1)
    sizes = []
    for _ in range(3):
        sizes.append(search.mask.sum(axis=2).tolist())
        search.run_epoch()
    assert sizes == [[[n] * 14] * 2 for n in (8, 5, 3)]
    skip = DARTS.operations.index("skip_connect")
    with torch.no_grad():
        search.alpha[0, :, skip] = 5.0
    search.mask[:, :, skip] = True
    choices = np.array(DARTS.decode(search.derive()).choices)
    assert (choices[0] == skip).sum() <= 1


@pytest.mark.parametrize(("make", "backbone", "epochs", "stage"), [(PDarts, "nb201", 9, 3), (StacNas, "darts", 2, 1)])
def test_the_answer_stays_while_architecture_parameters_rest(
    make: type[PDarts | StacNas], backbone: str, epochs: int, stage: int
) -> None:
    """They are 0 when a stage starts: all candidates are equal by them, and the first one would win."""
    search = make(setting(backbone, epochs=epochs, alpha_rate=0.0))
    learned = search.derive()
    assert len(set(learned.tolist())) > 1
    for _ in range(stage):
        search.run_epoch()
    assert not search.alpha.any()
    np.testing.assert_array_equal(search.derive(), learned)
    other = make(setting(backbone, epochs=epochs, alpha_rate=0.0))
    other.load(search.state())
    np.testing.assert_array_equal(other.derive(), learned)


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_short_search_of_p_darts_learns_to_its_end(epochs: int) -> None:
    search = PDarts(setting(epochs=epochs))
    for _ in range(epochs):
        search.run_epoch()
    assert search.alpha.any() and len(np.unique(search.alpha.detach().numpy())) > NB201.n_edges
    assert search.mask.sum(axis=2).tolist() == [[6 - 1 - 2 * (epochs - 1)] * 6]  # nothing is dropped in the end


def test_stacnas_lets_the_winners_group_compete() -> None:
    names = [[DARTS_OPERATIONS[o] for o in group] for group in grouped(DARTS)]
    assert names[0] == ["max_pool_3x3", "avg_pool_3x3"] and ["none"] in names and len(names) == 5
    search = StacNas(setting("darts", epochs=2))
    assert search.mask.sum(axis=2).tolist() == [[5] * 14] * 2
    with torch.no_grad():
        search.alpha[:, :, DARTS_OPERATIONS.index("sep_conv_3x3")] = 9.0
    search.run_epoch()
    kept = [DARTS_OPERATIONS[o] for o in np.flatnonzero(search.mask[0, 0])]
    assert kept == ["sep_conv_3x3", "sep_conv_5x5"]


@pytest.mark.parametrize("variant", ["least-squares", "bandit"])
def test_agents_turn_to_operations_with_small_losses(variant: str) -> None:
    search = Manas(setting(), variant=variant, baseline=2.0)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    for _ in range(15):
        strength = search.strength()
        hot = np.zeros((40, *NB201.shape))
        drawn = (np.log(strength) + rng.gumbel(size=(40, *NB201.shape))).argmax(axis=3)
        np.put_along_axis(hot, drawn[..., None], 1.0, axis=3)
        search._learn(hot, 1.0 + (drawn[:, 0] != 3).mean(axis=1), strength)
    assert search.scores()[0].argmax(axis=1).tolist() == [3] * 6
    assert search.scores().min() > (0.1 / 5 if variant == "bandit" else 0.0) - 1e-12


def test_the_loss_on_cost_prefers_cheap_operations() -> None:
    search = Compact(setting("compact-depth"), complexity=1.0)
    search.alpha_step(search.complexity * search.complexity_loss())
    change = search.alpha.detach().mean(dim=(0, 1))
    macs = search.macs.sum(dim=0)
    assert change[macs.argmax()] < 0 < change[macs.argmin()]
    assert search.depths is not None and not search.depths.any()  # the cost does not reach the depths


def test_expected_cost_counts_depths() -> None:
    flat = Compact(setting("compact"))
    by_hand = 14 / 8 * (np.array([1, 2, 1])[:, None] * flat.macs.numpy()).sum() / 8
    assert float(flat.complexity_loss().detach()) == pytest.approx(by_hand, rel=1e-2)  # alpha is nearly zero


def test_controllers_draw_valid_architectures_with_their_probability() -> None:
    for cells in (NB201, DARTS):
        torch.manual_seed(0)
        controller = Controller(cells)
        drawn = controller.draw(torch.Generator().manual_seed(1))
        assert cells.decode(cells.encode(drawn.architecture)) == drawn.architecture
        assert drawn.log_probability.item() < 0 < drawn.entropy.item()
    n_decisions = 2 * 4 * 2 * 2  # kinds, nodes, inputs and operations; the first two inputs in any order
    most = 2 * (np.log([2, 3, 4, 5]).sum() + np.log([1, 2, 3, 4]).sum() + 8 * np.log(7))
    assert n_decisions == 32 and drawn.entropy.item() == pytest.approx(most, rel=0.02)  # uniform at the start


def test_a_controller_learns_which_input_of_the_cell_a_node_reads() -> None:
    """REINFORCE with a reward for the second input; of two that look alike it could prefer none."""
    cells = CellSpace("small", ("normal",), 2, 1, ("skip_connect", "sep_conv_3x3"), n_kept=1)
    torch.manual_seed(0)
    controller = Controller(cells, size=8)
    optimizer = torch.optim.Adam(controller.parameters(), lr=0.05)
    generator = torch.Generator().manual_seed(1)
    chosen = []
    for _ in range(150):
        drawn = controller.draw(generator)
        chosen.append(drawn.architecture.choices[0][1] != ABSENT)
        optimizer.zero_grad()
        torch.autograd.backward(-drawn.log_probability * (chosen[-1] - 0.5))
        optimizer.step()
    assert np.mean(chosen[-50:]) > 0.7  # at most .9 by the bound on logits


def test_draws_follow_the_probabilities() -> None:
    rng = np.random.default_rng(0)
    strength = np.tile([0.1, 0.2, 0.3, 0.4, 0.0], (1, 6, 1))
    counts = np.zeros(5)
    for _ in range(500):
        counts += np.bincount(np.array(draw_architecture(NB201, strength, rng).choices[0]), minlength=5)
    np.testing.assert_allclose(counts / 3000, strength[0, 0], atol=0.03)


def test_a_model_of_architectures_learns_them_and_climbs() -> None:
    space = NB201.space
    Z = space.sample(40, np.random.default_rng(0))
    accuracy = scaled((Z == 3).sum(axis=1).astype(np.float64))
    torch.manual_seed(0)
    model = ArchitectureModel(space, embedding=16, size=32)
    tokens = model.tokens(Z)
    np.testing.assert_array_equal(model.codes(tokens), Z)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    first = model.loss(tokens, accuracy, 0.9).item()
    for _ in range(60):
        optimizer.zero_grad()
        torch.autograd.backward(model.loss(tokens, accuracy, 0.9))
        optimizer.step()
    assert model.loss(tokens, accuracy, 0.9).item() < 0.3 * first
    decoded = model.codes(model.improved(tokens, 20.0))
    assert space.check(decoded).shape == Z.shape
    assert (decoded == 3).sum() > (Z == 3).sum()


def test_fronts_and_crowding_by_hand() -> None:
    objectives = np.array([[1.0, 4.0], [2.0, 2.0], [4.0, 1.0], [3.0, 3.0], [2.0, 2.0], [5.0, 5.0]])
    assert ranks(objectives).tolist() == [0, 0, 0, 1, 0, 2]
    distance = crowding_distance(objectives, ranks(objectives))
    assert np.isinf(distance[[0, 2, 3, 5]]).all()
    np.testing.assert_allclose(np.sort(distance[[1, 4]]), [2 / 3, 4 / 3])  # equal ones are neighbours
    assert set(survivors(objectives, 2).tolist()) == {0, 2}


def test_mutation_stays_inside_and_changes_one_gene_on_average() -> None:
    rng = np.random.default_rng(0)
    upper = np.array([1, 4, 6, 6, 1, 2, 8, 8])
    code = np.array([0, 2, 3, 3, 1, 1, 4, 4])
    children = np.array([mutated(code, upper, 3.0, rng) for _ in range(400)])
    assert (children >= 0).all() and (children <= upper).all()
    assert 0.3 < (children != code).sum(axis=1).mean() < 1.0  # a drawn move can round to nothing
