"""REINFORCE: its gradients and steps, those of torch; its draws; and that it learns."""

import math

import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, Real, SearchSpace
from nas_problems.space import Codes
from optimizers.adam import Adam
from optimizers.catalog.reinforce import _Average, _Listed, _policies, _Ranged
from optimizers.solver import Task, ask_codes

torch = pytest.importorskip("torch", reason="the gradients are compared with those of torch")

MIXED = SearchSpace((Categorical("op", tuple("abc")), Real("rate", 0.0, 1.0), Categorical("act", tuple("xy"))))


def policies(weights: list[list[float]], theta: list[list[float]]) -> tuple[_Listed, _Ranged]:
    """The policies of ``MIXED``, with given weights of ``op`` and ``act``, and mean and log-spread of ``rate``."""
    listed, ranged = _policies(MIXED, 0.1, np.random.default_rng(1))
    assert isinstance(listed, _Listed)
    assert isinstance(ranged, _Ranged)
    listed.weights, ranged.theta = np.array(weights), np.array(theta)
    listed._normalize()
    return listed, ranged


def test_gradients_are_those_of_torch() -> None:
    weights, theta = [[0.5, -1.0, 0.2], [0.3, 0.1, -np.inf]], [[0.3], [-1.1]]
    listed, ranged = policies(weights, theta)
    op, act = (torch.tensor(row, requires_grad=True) for row in (weights[0], weights[1][:2]))
    rate = torch.tensor(theta, requires_grad=True)
    torch.distributions.Categorical(logits=op).log_prob(torch.tensor(2)).backward()
    torch.distributions.Categorical(logits=act).log_prob(torch.tensor(0)).backward()
    torch.distributions.Normal(rate[0], torch.exp(rate[1])).log_prob(torch.tensor(0.9)).sum().backward()
    found = listed.gradient(np.array([2.0, 0.0]))
    assert found[0] == pytest.approx(op.grad.numpy(), abs=1e-6)
    assert found[1] == pytest.approx([*act.grad.numpy(), 0.0], abs=1e-6)
    assert ranged.gradient(np.array([0.9])) == pytest.approx(rate.grad.numpy(), rel=1e-5)


def test_steps_are_those_of_adam_in_torch() -> None:
    weights = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    theirs, ours, sum_of_ours = torch.optim.Adam([weights], lr=0.05), Adam(0.05), np.zeros(4)
    for gradient in np.random.default_rng(1).standard_normal((30, 4)):
        weights.grad = torch.tensor(gradient)
        theirs.step()
        sum_of_ours += ours.step(gradient)
    assert sum_of_ours == pytest.approx(weights.detach().numpy())


def test_the_average_has_no_bias_towards_zero() -> None:
    average = _Average(0.9)
    average.update(5.0)
    assert average.value == pytest.approx(5.0)
    average.update(7.0)
    assert average.value == pytest.approx((0.9 * 5 + 7) / 1.9)


def test_candidates_are_drawn_as_the_policy_says() -> None:
    listed, ranged = policies([[2.0, 1.0, 0.0], [1.0, 0.0, -np.inf]], [[0.7], [-1.5]])
    rng = np.random.default_rng(2)
    codes = np.array([listed.draw(rng) for _ in range(4000)])
    powers = np.exp([2.0, 1.0, 0.0])
    assert np.bincount(codes[:, 0], minlength=3) / 4000 == pytest.approx(powers / powers.sum(), abs=0.03)
    assert np.bincount(codes[:, 1]) / 4000 == pytest.approx([math.e / (1 + math.e), 1 / (1 + math.e)], abs=0.03)
    assert np.mean([ranged.draw(rng) for _ in range(4000)]) == pytest.approx(0.7, abs=0.03)


def test_ranges_move_towards_what_is_good() -> None:
    space = SearchSpace((Real("rate", 1e-4, 1.0, log=True),))
    solver = optimizers.make("reinforce", learning_rate=0.02).factory(Task(space, 1000, np.random.default_rng(1)))
    drawn = []
    for _ in range(600):
        drawn.append((Z := ask_codes(solver))[0, 0])
        solver.tell(Z, (np.log10(Z[:, 0]) + 3) ** 2)
    assert np.log10(drawn[-50:]).mean() == pytest.approx(-3, abs=0.2)
    assert np.log10(drawn[-50:]).std() < 0.5 * np.log10(drawn[:50]).std()


def test_it_learns_which_values_are_good() -> None:
    space = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abcde")) for i in range(6)))
    solver = optimizers.make("reinforce", learning_rate=0.05).factory(Task(space, 1000, np.random.default_rng(1)))
    drawn = []
    for _ in range(600):
        Z = ask_codes(solver)
        drawn.append(Z[0])
        solver.tell(Z, (Z != 3).sum(axis=1).astype(float))
    assert np.mean(np.array(drawn[:50]) == 3) < 0.4
    assert np.mean(np.array(drawn[-50:]) == 3) > 0.9


def test_neither_unit_nor_offset_of_the_values_matters() -> None:
    problem = nas_problems.make("nb201-cifar10")

    def trajectory(scale: float) -> Codes:
        solver = optimizers.make("reinforce").factory(Task(problem.space, 200, np.random.default_rng(4)))
        rows = []
        for _ in range(200):
            rows.append(Z := ask_codes(solver))
            solver.tell(Z, scale * (problem(Z) + 64.0))
        return np.concatenate(rows)

    assert np.array_equal(trajectory(1.0), trajectory(2.0**10))


def test_large_rates_and_penalties_leave_it_running() -> None:
    log = optimizers.run(optimizers.make("reinforce", learning_rate=10.0), "fcnet-protein", budget=300, seed=1)
    assert len(log) == 300
