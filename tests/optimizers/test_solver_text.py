"""Solvers with options as text."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizers import ConfiguredSolver
from optimizers.solver_text import parse_solver, solver_text, split_list


@pytest.mark.parametrize(
    ("text", "canonical", "label"),
    [
        ("random-search", "random-search", "random-search"),
        (" local-search [ ] ", "local-search", "local-search"),
        ("local-search[variant=all-neighbours]", "local-search", "local-search"),
        (
            "local-search[ variant = query-until-lower , n_starts=5]",
            "local-search[n_starts=5,variant=query-until-lower]",
            "local-search.n_starts-5.variant-query-until-lower",
        ),
        ("cma-es[initial_step=0.5]", "cma-es[initial_step=0.5]", "cma-es.initial_step-0.5"),
        ("random-search[replacement=false]", "random-search[replacement=False]", "random-search.replacement-False"),
    ],
)
def test_texts_and_labels(text: str, canonical: str, label: str) -> None:
    solver = parse_solver(text)
    assert (solver_text(solver), solver.label) == (canonical, label)
    assert parse_solver(canonical).label == label


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", ValueError, "wanted name"),
        ("[a=1]", ValueError, "wanted name"),
        ("local-search[a=1", ValueError, "wanted name"),
        ("local-search]", ValueError, "wanted name"),
        ("local-search[variant]", ValueError, "option=value"),
        ("local-search[n_starts=1,n_starts=2]", ValueError, "each option once"),
        ("local-search[varant=x]", ValueError, "did you mean variant"),
        ("local-search[zzz=x]", ValueError, "its options are variant, n_starts"),
        ("local-search[n_starts=many]", ValueError, "n_starts: wanted an integer in .1, 1000000., found 'many'"),
        ("local-search[n_starts=0]", ValueError, "n_starts: wanted an integer in .1, 1000000., found 0"),
        ("local-serch", KeyError, "local-search"),
    ],
)
def test_wrong_texts_say_what_is_possible(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        parse_solver(text)


@given(st.text(max_size=30))
def test_any_text_is_a_solver_or_a_documented_error(text: str) -> None:
    with suppress(ValueError, KeyError):
        assert isinstance(parse_solver(text), ConfiguredSolver)


def test_lists_are_split_outside_brackets() -> None:
    assert split_list("a[b=1,c=2],d, ,e[]") == ("a[b=1,c=2]", "d", "e[]")
    assert split_list("") == ()
