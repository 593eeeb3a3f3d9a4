"""Options of functions and classes: found, checked and parsed."""

from typing import Annotated, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizers.option import Between, Option, PositiveInt, Probability, check_options, options_of


def factory(
    space: object,
    budget: int,
    *,
    variant: Literal["fast", "slow"] = "fast",
    n_starts: PositiveInt = 1,
    rate: Probability = 0.5,
    elitist: bool = True,
    name: str = "x",
    offset: Annotated[float, Between(low=-1.0)] = 0,
) -> None: ...


class Callable_:  # noqa: N801  # an object with options
    def __call__(self, space: object, *, n_starts: PositiveInt = 3) -> None: ...


class Class:
    def __init__(self, space: object, *, n_starts: PositiveInt = 4) -> None: ...


def test_options_are_the_keyword_only_parameters_in_order() -> None:
    options = options_of(factory)
    assert list(options) == ["variant", "n_starts", "rate", "elitist", "name", "offset"]
    assert options["variant"].choices == ("fast", "slow")
    assert options["n_starts"].default == 1
    assert {name: option.wanted for name, option in options.items()} == {
        "variant": "one of 'fast', 'slow'",
        "n_starts": "an integer in [1, 1000000]",
        "rate": "a number in [0, 1]",
        "elitist": "True or False",
        "name": "a string",
        "offset": "a number >= -1",
    }


def test_options_of_classes_and_objects() -> None:
    assert options_of(Class)["n_starts"].default == 4
    assert options_of(Callable_())["n_starts"].default == 3


def test_a_parameter_that_cannot_be_an_option_is_refused() -> None:
    def no_default(*, n: int) -> None: ...

    def no_kind(*, n: list[int] | None = None) -> None: ...

    for wrong in (no_default, no_kind):
        with pytest.raises(TypeError, match="option 'n'"):
            options_of(wrong)


@pytest.mark.parametrize(
    ("given_options", "words"),
    [
        ({"n_start": 2}, "n_start: no such option"),
        ({"n_starts": 0}, "n_starts: wanted an integer in [1, 1000000], found 0"),
        ({"n_starts": 10**9}, "n_starts: wanted an integer in [1, 1000000], found 1000000000"),
        ({"offset": np.inf}, "offset: wanted a number >= -1, found inf"),
        ({"n_starts": True}, "found True"),
        ({"n_starts": 1.0}, "found 1.0"),
        ({"rate": np.nan}, "found nan"),
        ({"rate": 1.5}, "rate: wanted a number in"),
        ({"variant": "medium"}, "one of 'fast', 'slow'"),
        ({"elitist": 1}, "True or False"),
        ({"name": None}, "a string"),
    ],
)
def test_wrong_options_are_refused_with_the_list_of_options(given_options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=r"solver: .*Its options are: variant .*default 'fast'") as caught:
        check_options("solver", factory, given_options)
    assert words in str(caught.value)


def test_an_integer_is_a_number() -> None:
    assert check_options("solver", factory, {"rate": 1}) == {"rate": 1.0}


@given(st.text(max_size=8))
def test_parse_reads_what_check_accepts_or_raises_value_error(text: str) -> None:
    for option in options_of(factory).values():
        try:
            value = option.parse(text)
        except ValueError:
            continue
        assert option.check(value) == value


def test_parse() -> None:
    options = options_of(factory)
    assert options["elitist"].parse("False") is False
    assert options["rate"].parse("1e-2") == 0.01
    assert options["variant"].parse("slow") == "slow"
    assert Option("n", 1, int).parse("-3") == -3
    with pytest.raises(ValueError, match=r"n_starts: wanted an integer in .1, 1000000., found '2\.5'"):
        options["n_starts"].parse("2.5")
