"""Arguments checked against annotations: what a ``type`` statement stands for counts."""

from typing import Any, TypeVar

import numpy as np
import pytest
from typing_extensions import TypeAliasType

from nas_problems.array import FloatArray
from nas_problems.checked import checked

Scalar = TypeVar("Scalar", bound=np.generic)
_parameters: Any = (Scalar,)
Alias: Any = TypeAliasType("Alias", np.ndarray[Any, np.dtype[Scalar]], type_params=_parameters)
"""As ``NDArray`` is from numpy 2.5 on, with Python 3.12 and later."""
Floats: Any = TypeAliasType("Floats", Alias[np.float64])


@pytest.mark.parametrize("kind", [FloatArray, Alias[np.float64], Floats, Floats | None])
def test_arrays_are_checked_whatever_their_annotation_is_called(kind: Any) -> None:
    def total(x: Any) -> float:
        return float(x.sum())

    total.__annotations__["x"] = kind
    assert checked(total)([1, 2]) == 3.0
    with pytest.raises(ValueError, match="x: wanted numbers, found 'a'"):
        checked(total)("a")
