"""Modes of naive models, planted and found; what they do to the other measures; the drawings."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure

import ela
import nas_problems
from ela.diagnose import Diagnosis, diagnose, diagnose_sample, uniform_classes
from ela.landscape import Landscape
from ela.landscape.draw import draw_density, draw_fdc, draw_locality, draw_neutrality
from ela.landscape.mode import Mode, find_modes
from nas_problems import Categorical, Metric, Ordinal, Problem, Real, SearchSpace
from nas_problems.evaluation import Evaluations, EvaluatorKind, Fidelities, Noise, NoiseKind
from nas_problems.space import Codes
from tests.nas_problems.tiny import table_problem

PLANE = SearchSpace((Real("a", 0.0, 1.0), Real("b", 0.0, 1.0)))


class _Bowl:
    """Log loss ``0.1 + 2 (a^2 + b^2)``; one candidate in three has learnt nothing, wherever it lies."""

    kind: EvaluatorKind = "computed"
    fidelities = Fidelities("epochs", (1,))
    noise_kinds: frozenset[NoiseKind] = frozenset({"mean"})

    def __init__(self, metric: Metric, naive: float | None) -> None:
        self.metrics = {metric.name: metric}
        self.naive = naive

    def evaluate(
        self, Z: Codes, *, metrics: tuple[str, ...], fidelity: float, noise: Noise, rng: np.random.Generator | None
    ) -> Evaluations:
        value = 0.1 + 2 * (Z**2).sum(axis=1)
        if self.naive is not None:
            unlucky = np.modf(1e4 * Z.sum(axis=1))[0] < 1 / 3
            value = np.where(unlucky, self.naive, value)
        (name,) = self.metrics
        return Evaluations({name: value}, np.zeros(len(Z)), np.zeros(len(Z), dtype=np.bool_))


def bowl(naive: float | None, name: str = "validation_logloss", penalty: float = 100.0) -> Problem:
    metric = Metric(name, penalty=penalty)
    return Problem("tiny-bowl", 997, PLANE, _Bowl(metric, naive), (metric,), "none")


def test_a_planted_plateau_is_found() -> None:
    found = diagnose(bowl(math.log(10)), seed=1)
    (mode,) = [mode for mode in found.modes if mode.is_suspicious]
    assert mode.level == pytest.approx(math.log(10))
    assert mode.share == pytest.approx(1 / 3, abs=0.06)
    assert mode.spread == pytest.approx(1.0, abs=0.1)
    assert found.naive_source == "uniform prediction for 10 classes"
    assert found.naive_share == pytest.approx(1 / 3, abs=0.06)
    assert found.suspicious_share == mode.share


@pytest.mark.parametrize("level", [31.0, 800.0, 1e200])
def test_a_plateau_of_penalties_is_no_uniform_prediction(level: float) -> None:
    found = diagnose(bowl(level, penalty=1e300), 200, seed=1)
    assert found.naive_level == pytest.approx(level)
    assert found.naive_source == "largest suspicious mode"


@pytest.mark.parametrize("more", [(), (Ordinal("o", (0,)),)], ids=["categorical", "mixed"])
def test_choices_have_the_radius_of_their_metric(more: tuple[Ordinal, ...]) -> None:
    space = SearchSpace((*(Categorical(f"c{i}", (0, 1, 2, 3, 4)) for i in range(20)), *more))
    problem = nas_problems.from_function(lambda c: float(sum(c.values())), space, name="sum", metric=Metric("error"))
    found = diagnose(problem, 200, seed=1)
    assert found.distance_parts == 5
    assert found.graph.degree.mean() < 1.0
    by_level = found.by_distance_to_best()
    away = found.landscape.distance_to_best
    radius = away.max() / 40
    expected = (np.abs(away[:, None] - away[None, :]) < radius).sum(axis=1) - 1
    np.testing.assert_array_equal(by_level.graph.degree, expected)


def test_a_bowl_has_no_plateau() -> None:
    found = diagnose(bowl(None), seed=1)
    assert found.naive_level is None
    assert found.naive_share == found.suspicious_share == 0.0
    assert found.naive_source == "no suspicious mode"
    assert found.locality.correlation > 0.95


def test_naive_models_spoil_locality_and_fdc() -> None:
    healthy, ill = diagnose(bowl(None), seed=1), diagnose(bowl(3.0), seed=1)
    assert ill.locality.correlation < healthy.locality.correlation - 0.2
    assert ill.fdc < healthy.fdc
    cured = ill.without_naive()
    assert cured.n == ill.n - ill.naive.sum()
    assert cured.locality.correlation > 0.95
    assert cured.naive_share == 0.0


def test_other_metrics_name_the_mode_itself() -> None:
    found = diagnose(bowl(2.5, "validation_error"), seed=1)
    assert found.naive_source == "largest suspicious mode"
    assert found.naive_level == pytest.approx(2.5)


def test_a_known_level_is_taken() -> None:
    found = diagnose(bowl(None), naive_level=4.0, seed=1)
    assert (found.naive_level, found.naive_source) == (4.0, "given")
    assert found.naive_share < 0.02


def test_the_same_seed_gives_the_same_sample() -> None:
    assert np.array_equal(ela.diagnose(bowl(1.0), 60, seed=2).landscape.y, diagnose(bowl(1.0), 60, seed=2).landscape.y)


def test_the_paper_s_radius_is_kept_where_it_can_be() -> None:
    assert diagnose(bowl(None), 2000, seed=1).distance_parts == 40
    assert diagnose(bowl(None), 100, seed=1).distance_parts < 40


def test_modes_by_hand() -> None:
    y = np.concatenate([np.linspace(0, 10, 50), np.full(40, 8.0)])
    x = np.linspace(0, 1, 90)
    distance = np.abs(x[:, None] - x)
    (mode,) = find_modes(y, distance)
    assert mode.level == 8.0
    assert mode.members[50:].all()
    assert mode.height == pytest.approx(0.8)
    assert not mode.is_suspicious  # its members are all on one side


def test_a_constant_is_one_mode() -> None:
    (mode,) = find_modes(np.ones(5), np.zeros((5, 5)))
    assert mode.share == 1.0
    assert not mode.is_suspicious


def test_shift_and_scale_change_no_mode() -> None:
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.random(300), np.full(100, 0.9)])
    distance = rng.random((400, 400))
    first, second = find_modes(y, distance), find_modes(5 + 3 * y, distance)
    assert [mode.share for mode in first] == [mode.share for mode in second]
    assert [mode.level * 3 + 5 for mode in first] == pytest.approx([mode.level for mode in second])


def test_classes_from_log_loss() -> None:
    assert [uniform_classes(math.log(k)) for k in range(2, 30)] == list(range(2, 30))
    assert uniform_classes(0.1) == 2


def test_drawings_show_what_they_say() -> None:
    found = diagnose(bowl(2.3), 300, seed=1)
    figure = Figure()
    a, b, c, d = figure.subplots(1, 4)
    draw_density(a, found.landscape.y, modes=found.modes, label=found.axis)
    draw_fdc(b, found.landscape)
    draw_locality(c, found.locality)
    draw_neutrality(d, found.landscape.y, found.neutrality_degree)
    assert len(a.texts) == sum(mode.is_suspicious for mode in found.modes) == 1
    assert b.get_xlabel() == "Gower distance to the best"
    assert len(b.lines) == 1
    assert c.get_ylabel() == "mean of neighbours"
    assert len(d.collections[0].get_offsets()) == found.n


def test_labels_of_modes_do_not_lie_on_each_other() -> None:
    y = np.concatenate([np.linspace(0, 100, 50), np.full(30, 80.0), np.full(20, 84.0), np.full(10, 60.0)])
    modes = tuple(Mode(level, y == level, spread=1.0, height=level / 100) for level in (60.0, 80.0, 84.0))
    axes = Figure().subplots()
    draw_density(axes, y, modes=modes)
    assert sorted(text.get_text() for text in axes.texts) == ["27%", "9%"]
    assert len(axes.lines) == 3


def test_a_tiny_table_can_be_diagnosed() -> None:
    found = diagnose(table_problem(), 36, seed=0)
    assert isinstance(found, Diagnosis)
    again = diagnose_sample(found.landscape, problem=table_problem())
    assert again.naive_level == found.naive_level
    assert isinstance(found.landscape, Landscape)


def test_too_few_configurations_are_refused() -> None:
    with pytest.raises(ValueError, match="n: wanted 20"):
        diagnose(table_problem(), 5, seed=0)
