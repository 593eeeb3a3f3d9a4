"""Pickles of numbers are read; whatever names a class or a function is refused before anything runs."""

import pickle
from collections import OrderedDict

import pytest

from nas_problems.datasets.plain_pickle import load_plain


def test_numbers_strings_lists_and_dicts() -> None:
    content: dict[str, object] = {"latency": [1, 2.5, None, "a", (True, {"b": []})]}
    assert load_plain(pickle.dumps(content)) == content


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [OrderedDict(a=1), print, int])
def test_classes_and_functions_are_refused(value: object, protocol: int) -> None:
    with pytest.raises(ValueError, match="a table holds only numbers, strings, lists and dicts; found"):
        load_plain(pickle.dumps(value, protocol=protocol))
