"""Spaces from and to files, equal to what ConfigSpace and Optuna make of them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from nas_problems.condition import Condition, inactive_to_lowest
from nas_problems.space_file import (
    read_space,
    space_from_configspace,
    space_from_optuna,
    space_from_toml,
    space_to_configspace,
    space_to_optuna,
    space_to_toml,
    write_space,
)

PARAMETERS = (
    Categorical("booster", ("tree", "linear", None)),
    Integer("depth", 1, 12),
    Integer("n", 16, 1024, log=True),
    Real("rate", 1e-4, 1.0, log=True),
    Real("drop", 0.0, 0.5),
    Ordinal("batch", (16, 32, 64)),
    Categorical("flag", (True, False)),
    Categorical("odd.name", ('with "quotes"', "and \\ more", "é")),
)
CONDITIONS = (Condition("depth", "booster", ("tree",)), Condition("n", "depth", (1, 2)))
PLAIN = SearchSpace(PARAMETERS)
CONDITIONAL = SearchSpace(PARAMETERS, canonical_form=inactive_to_lowest(PARAMETERS, CONDITIONS))


def same(first: SearchSpace, second: SearchSpace) -> None:
    assert first.parameters == second.parameters
    Z = first.sample(200, np.random.default_rng(0))
    np.testing.assert_array_equal(first.canonical(Z), second.canonical(Z))


@pytest.mark.parametrize("space", [PLAIN, CONDITIONAL])
@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_what_is_written_is_read(space: SearchSpace, suffix: str, tmp_path: Path) -> None:
    write_space(space, tmp_path / f"space{suffix}")
    same(space, read_space(tmp_path / f"space{suffix}"))


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_words_of_any_script_and_own_steps_are_kept(suffix: str, tmp_path: Path) -> None:
    space = SearchSpace(
        (
            Categorical("op", ("conv", "🚀", "größer", 'a "b"\\', "日本")),
            Real("x", 0.0, 1.0, step=0.01),
            Real("y", 1e-3, 1.0, log=True),
        )
    )
    write_space(space, tmp_path / f"s{suffix}")
    assert read_space(tmp_path / f"s{suffix}") == space


def test_one_value_is_a_constant_of_configspace(tmp_path: Path) -> None:
    space = SearchSpace((Integer("i", 3, 3), Ordinal("o", (2.5,)), Categorical("c", ("a",)), Integer("n", 1, 4)))
    write_space(space, tmp_path / "s.json")
    constants = (Categorical("i", (3,)), Categorical("o", (2.5,)), Categorical("c", ("a",)))
    assert read_space(tmp_path / "s.json") == SearchSpace((*constants, Integer("n", 1, 4)))
    library = pytest.importorskip("ConfigSpace")
    assert dict(library.ConfigurationSpace.from_json(tmp_path / "s.json").get_default_configuration())["i"] == 3


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"type": "uniform_int", "lower": 16, "upper": 256, "q": 16}, "hyperparameter h: wanted no q"),
        ({"type": "uniform_float", "lower": 0.0, "upper": 8.0, "q": 1}, "hyperparameter h: wanted no q"),
        ({"type": "uniform_float", "lower": "none", "upper": 8.0}, "hyperparameter h: wanted numbers as its bounds"),
        ({"type": "categorical", "choices": ["a", "b"], "weights": [0.95, 0.05]}, "wanted equal weights"),
    ],
)
def test_what_a_space_of_ours_cannot_say_is_refused(more: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        space_from_configspace({"hyperparameters": [{"name": "h", **more}]})


def test_the_text_of_the_documentation() -> None:
    space = space_from_toml(
        """
        [booster]
        choices = ["tree", "linear", {none = true}]
        [depth]
        low = 1
        high = 12
        when = {booster = ["tree"]}
        [learning_rate]
        low = 1e-4
        high = 1
        log = true
        [batch_size]
        values = [16, 32, 64]
        """
    )
    assert [type(parameter) for parameter in space.parameters] == [Categorical, Integer, Real, Ordinal]
    assert (
        space.canonical(space.encode([{"booster": None, "depth": 7, "learning_rate": 0.5, "batch_size": 32}]))[0, 1]
        == 0
    )


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("x = 3", "x: wanted a table"),
        ("[x]\nlow = 1", "x: wanted choices, values, or the numbers low and high, found None"),
        ("[x]\nlow = 1\nhigh = 'b'", "x: wanted choices, values, or the numbers"),
        ("[x]\nlow = 1\nhigh = 2\nlog = 1", "x.log: wanted true or false"),
        ("[x]\nchoices = 3", "x.choices: wanted a list"),
        ("[x]\nchoices = [1]\nlow = 2", "x: wanted choices alone, found"),
        ("[x]\nlow = 5\nhigh = 1", "x: "),
        ("[x]\nchoices = []", "x: "),
        ("[x]\nlow = 0\nhigh = 1\nwhen = {y = [1]}", "conditions"),
        ("[x]\nlow = 0\nhigh = 1\nwhen = 3", "x.when: wanted a table"),
        ("[x]\nlow = 0\nhigh = 1\nwhen = {y = [0]}\n[y]\nlow = 0\nhigh = 1\nwhen = {x = [0]}", "a circle among"),
        ("not toml", "not TOML"),
    ],
)
def test_what_is_no_space(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        space_from_toml(text)


def test_what_a_file_cannot_carry() -> None:
    checked = SearchSpace(PARAMETERS[:2], validity=lambda Z: np.ones(len(Z), dtype=np.bool_))
    own = SearchSpace(PARAMETERS[:2], canonical_form=lambda Z: Z)
    for space in (checked, own):
        for write in (space_to_toml, space_to_configspace):
            with pytest.raises(ValueError, match="space: wanted parameters and conditions"):
                write(space)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("x.yaml", "", "wanted a space in .toml"),
        ("x.toml", "#" * 2_000_000, "wanted at most 1048576 bytes"),
        ("x.json", "[", "x.json: "),
        ("x.json", "[]", "wanted an object with a list of hyperparameters"),
        (
            "x.json",
            '{"hyperparameters": [{"name": "a", "type": "normal_float"}]}',
            "wanted uniform_int, .* found 'normal",
        ),
        ("x.json", '{"hyperparameters": [3]}', "wanted one of ConfigSpace's, found 3"),
        ("x.json", '{"hyperparameters": [], "forbiddens": [1]}', "forbiddens: wanted none"),
    ],
)
def test_files_that_are_none(name: str, content: str, match: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=match):
        read_space(tmp_path / name)


def test_configspace_reads_what_we_write_and_we_what_it_writes(tmp_path: Path) -> None:
    ConfigSpace = pytest.importorskip("ConfigSpace", reason="pip install ConfigSpace")
    plain = SearchSpace(tuple(p for p in PARAMETERS if p.name != "flag" and p.name != "booster"))
    (tmp_path / "ours.json").write_text(json.dumps(space_to_configspace(plain)))
    theirs = ConfigSpace.ConfigurationSpace.from_json(tmp_path / "ours.json")
    assert set(theirs) == set(plain.names) and theirs["rate"].log and theirs["n"].upper == 1024
    theirs.to_json(tmp_path / "theirs.json")
    back = read_space(tmp_path / "theirs.json")
    assert {p.name: p for p in back.parameters} == {p.name: p for p in plain.parameters}


def test_notes_of_a_hyperparameter_are_no_step() -> None:
    """ConfigSpace keeps any object as meta."""
    entry = {"name": "h", "type": "uniform_float", "lower": 0.0, "upper": 1.0, "meta": "of the first layer"}
    assert space_from_configspace({"hyperparameters": [entry]}).parameters == (Real("h", 0.0, 1.0),)


def test_conditions_of_configspace(tmp_path: Path) -> None:
    ConfigSpace = pytest.importorskip("ConfigSpace", reason="pip install ConfigSpace")
    space = ConfigSpace.ConfigurationSpace(
        {"kernel": ["linear", "rbf", "poly"], "gamma": (0.1, 10.0), "degree": (1, 5)}
    )
    space.add(ConfigSpace.InCondition(space["gamma"], space["kernel"], ["rbf", "poly"]))
    space.add(ConfigSpace.EqualsCondition(space["degree"], space["kernel"], "poly"))
    space.to_json(tmp_path / "space.json")
    found = read_space(tmp_path / "space.json")
    Z = found.canonical(found.encode([{"kernel": "linear", "gamma": 5.0, "degree": 3}]))
    assert found.decode(Z)[0] == {"kernel": "linear", "gamma": 0.1, "degree": 1}
    write_space(found, tmp_path / "again.json")
    theirs = ConfigSpace.ConfigurationSpace.from_json(tmp_path / "again.json")
    assert len(theirs.conditions) == 2


def test_optuna() -> None:
    optuna = pytest.importorskip("optuna", reason="pip install optuna")
    plain = SearchSpace(tuple(p for p in PARAMETERS if not isinstance(p, Ordinal)))
    assert space_from_optuna(space_to_optuna(plain)).parameters == plain.parameters
    stepped = {
        "a": optuna.distributions.IntDistribution(2, 10, step=4),
        "b": optuna.distributions.FloatDistribution(0.0, 1.0, step=0.5),
    }
    assert space_from_optuna(stepped).parameters == (Ordinal("a", (2, 6, 10)), Ordinal("b", (0.0, 0.5, 1.0)))
    single = {"a": optuna.distributions.FloatDistribution(0.5, 0.5), "b": optuna.distributions.IntDistribution(3, 3)}
    assert space_from_optuna(single).parameters == (Ordinal("a", (0.5,)), Integer("b", 3, 3))
    with pytest.raises(ValueError, match="wanted no conditions"):
        space_to_optuna(CONDITIONAL)
    with pytest.raises(ValueError, match="wanted IntDistribution"):
        space_from_optuna({"a": 3})


@pytest.mark.parametrize("write", [space_to_toml, lambda space: json.dumps(space_to_configspace(space))])
def test_spaces_of_the_catalog_that_have_only_conditions(write: Callable[[SearchSpace], str]) -> None:
    import nas_problems

    for name in ("fcnet-naval", "mlp-car", "rf-digits"):
        space = nas_problems.make(name).space
        text = write(space)
        back = space_from_toml(text) if text.startswith("[") else space_from_configspace(json.loads(text))
        assert back.parameters == space.parameters
