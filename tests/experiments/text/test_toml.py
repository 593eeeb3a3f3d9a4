"""The little TOML that is written."""

import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.text.toml import TomlValue, from_toml, to_toml

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
integers = st.integers(-(2**63), 2**63 - 1)
plain = st.booleans() | integers | st.floats(allow_nan=False) | texts
lists = st.lists(texts).map(tuple) | st.lists(integers).map(tuple) | st.lists(st.floats(allow_nan=False)).map(tuple)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_0-9]*", fullmatch=True), plain | lists, max_size=5))
def test_what_is_written_is_read_back(fields: dict[str, TomlValue]) -> None:
    wanted = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
    found = tomllib.loads(to_toml(fields))
    assert found == wanted
    assert [type(value) for value in found.values()] == [type(value) for value in wanted.values()]


def test_what_json_and_toml_write_differently() -> None:
    assert math.isnan(tomllib.loads(to_toml({"a": math.nan}))["a"])
    assert tomllib.loads(to_toml({"a": "\x7f \ud800 \U0001f600 \n"}))["a"] == "\x7f ? \U0001f600 \n"


finite = st.booleans() | integers | st.floats(allow_nan=False, allow_infinity=False) | texts


@given(st.dictionaries(st.from_regex(r"[A-Za-z0-9_-]+", fullmatch=True), finite, max_size=5))
def test_records_are_read_back_as_by_the_standard_library(fields: dict[str, TomlValue]) -> None:
    text = to_toml(fields) or "a = 1\n"
    found, wanted = from_toml(text), tomllib.loads(text)
    assert found == wanted
    assert list(map(type, found.values())) == list(map(type, wanted.values()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a = 1",
        "a = \n",
        "a=1\n",
        "# a = 1\n",
        "a = 1\n\n",
        "a = 1\na = 2\n",
        'a = 1,"b":2\n',
        'a = 1,"a":2\n',
        "a = 1}\n",
        "a = nan\n",
        "a = NaN\n",
        "a = -Infinity\n",
        '"a" = 1\n',
        "[a]\nb = 1\n",
        "a.b = 1\n",
        "a = 'b'\n",
        "a = 1\r\nb = 2\n\x00",
        "a = " + "9" * 5000 + "\n",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"wanted|Expecting|Extra|Exceeds|delimiter"):
        from_toml(text)
