import numpy as np
import pytest

import nas_problems
import optimizers
from nas_problems import Categorical, Real, SearchSpace
from nas_problems.space import Codes
from optimizers.catalog.reinforce import _Adam, _Average, _Policy

torch = pytest.importorskip("torch", reason="the gradients are compared with those of torch")

MIXED = SearchSpace((Categorical("op", tuple("abc")), Real("rate", 0.0, 1.0), Categorical("act", tuple("xy"))))


def test_gradients_are_those_of_torch() -> None:
    policy = _Policy(MIXED, np.random.default_rng(1))
    policy.move(np.array([0.5, -1.0, 0.2, 0.3, 0.1, 0.0, -0.2, -0.4]))
    theta = torch.tensor(policy._theta, requires_grad=True)
    op = torch.distributions.Categorical(logits=theta[0:3]).log_prob(torch.tensor(2))
    act = torch.distributions.Categorical(logits=theta[3:5]).log_prob(torch.tensor(0))
    rate = torch.distributions.Normal(theta[6], torch.exp(theta[7])).log_prob(torch.tensor(0.9))
    (op + act + rate).backward()
    assert policy.gradient(np.array([2.0, 0.9, 0.0])) == pytest.approx(theta.grad.numpy())


def test_steps_are_those_of_adam_in_torch() -> None:
    weights = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    theirs, ours, sum_of_ours = torch.optim.Adam([weights], lr=0.05), _Adam(0.05), np.zeros(4)
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
    policy, rng = _Policy(MIXED, np.random.default_rng(1)), np.random.default_rng(2)
    policy.move(np.array([2.0, 1.0, 0.0, 1.0, 0.0, 9.0, 0.2, -1.0]))  # 9: of a third value that act has not
    Z = np.concatenate([policy.draw(rng) for _ in range(4000)])
    powers = np.exp([2.0, 1.0, 0.0])
    assert np.bincount(Z[:, 0].astype(int), minlength=3) / 4000 == pytest.approx(powers / powers.sum(), abs=0.03)
    assert np.bincount(Z[:, 2].astype(int)) / 4000 == pytest.approx([np.e / (1 + np.e), 1 / (1 + np.e)], abs=0.03)
    assert Z[:, 1].mean() == pytest.approx(0.7, abs=0.02)


def test_it_learns_which_values_are_good() -> None:
    space = SearchSpace(tuple(Categorical(f"op_{i}", tuple("abcde")) for i in range(6)))
    solver = optimizers.make("reinforce", learning_rate=0.05).factory(space, 1000, None, np.random.default_rng(1))
    drawn = []
    for _ in range(600):
        Z = solver.ask()
        drawn.append(Z[0])
        solver.tell(Z, (Z != 3).sum(axis=1).astype(float))
    assert np.mean(np.array(drawn[:50]) == 3) < 0.4
    assert np.mean(np.array(drawn[-50:]) == 3) > 0.9


def test_neither_unit_nor_offset_of_the_values_matters() -> None:
    problem = nas_problems.make("nb201-cifar10")

    def trajectory(scale: float) -> Codes:
        solver = optimizers.make("reinforce").factory(problem.space, 200, None, np.random.default_rng(4))
        rows = []
        for _ in range(200):
            rows.append(Z := solver.ask())
            solver.tell(Z, scale * (problem(Z) + 64.0))
        return np.concatenate(rows)

    assert np.array_equal(trajectory(1.0), trajectory(2.0**10))


def test_large_rates_and_penalties_leave_it_running() -> None:
    log = optimizers.run(optimizers.make("reinforce", learning_rate=10.0), "fcnet-protein", budget=300, seed=1)
    assert len(log) == 300
