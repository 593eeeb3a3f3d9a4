"""Hypothesis strategies: parameters, spaces, and what users pass by mistake."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from nas_problems import Categorical, Integer, Ordinal, Real, SearchSpace
from nas_problems.parameter import Parameter, Value
from nas_problems.space import Codes

texts = st.text("abcxyz", min_size=1, max_size=3)
values: st.SearchStrategy[Value] = st.one_of(st.integers(2, 99), st.floats(-1.0, 1.0).filter(lambda x: x != 0), texts)


def _listed(draw: st.DrawFn) -> tuple[Value, ...]:
    return tuple(draw(st.lists(values, min_size=1, max_size=6, unique=True)))


@st.composite
def finite_parameters(draw: st.DrawFn, name: str) -> Parameter:
    """A categorical, ordinal or integer parameter."""
    kind = draw(st.sampled_from(("categorical", "ordinal", "integer")))
    if kind == "categorical":
        return Categorical(name, _listed(draw))
    if kind == "ordinal":
        return Ordinal(name, _listed(draw))
    log = draw(st.booleans())
    low = draw(st.integers(1 if log else -50, 50))
    return Integer(name, low, low + draw(st.integers(0, 300)), log=log)


@st.composite
def real_parameters(draw: st.DrawFn, name: str) -> Real:
    """A real parameter, linear or log."""
    step = draw(st.floats(0.01, 0.9))
    if draw(st.booleans()):
        low = draw(st.floats(1e-8, 1e3))
        return Real(name, low, low * draw(st.floats(1.5, 1e6)), log=True, step=step)
    low = draw(st.floats(-1e3, 1e3))
    return Real(name, low, low + draw(st.floats(0.1, 1e4)), step=step)


@st.composite
def finite_spaces(draw: st.DrawFn) -> SearchSpace:
    """A finite space of 1 to 4 parameters."""
    n = draw(st.integers(1, 4))
    return SearchSpace(tuple(draw(finite_parameters(f"p{i}")) for i in range(n)))


@st.composite
def spaces(draw: st.DrawFn) -> SearchSpace:
    """A space of 1 to 4 parameters of any kind."""
    n = draw(st.integers(1, 4))
    kinds = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return SearchSpace(
        tuple(draw(real_parameters(f"p{i}") if real else finite_parameters(f"p{i}")) for i, real in enumerate(kinds))
    )


@st.composite
def spaces_with_codes(
    draw: st.DrawFn, of: st.SearchStrategy[SearchSpace], max_rows: int = 6
) -> tuple[SearchSpace, Codes]:
    """A space and 1 or more of its codes, ends of ranges included more often than by chance."""
    space = draw(of)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    Z = space.sample(draw(st.integers(1, max_rows)), rng)
    ends = rng.choice(3, size=Z.shape, p=(0.6, 0.2, 0.2))
    return space, np.where(ends == 1, space.lower, np.where(ends == 2, space.upper, Z))


def _nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[Sequence[object]]:
    return st.lists(inner, max_size=4)


mistakes: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.complex_numbers(),
    st.dictionaries(st.text(max_size=1), st.integers(), max_size=2),
    st.recursive(st.one_of(st.none(), st.integers(-3, 9), st.floats(), st.text(max_size=1)), _nested, max_leaves=12),
    st.tuples(
        st.sampled_from(
            ("int8", "uint64", "float32", "float64", "complex128", "bool", "U1", "object", "datetime64[s]")
        ),
        st.lists(st.integers(0, 4), max_size=3),
        st.sampled_from((0, 1, 100)),
    ).map(lambda made: np.full(made[1], made[2]).astype(made[0])),
    st.lists(st.floats(), min_size=3, max_size=3).map(lambda row: np.array([row])),
)
"""Anything but a matrix of codes; some happen to be one."""
