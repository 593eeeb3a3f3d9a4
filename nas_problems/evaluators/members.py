"""What all ensembles share: they predict the mean of their members, of rows as long as those they were fitted on."""

from abc import ABC, abstractmethod

import numpy as np

from nas_problems.array import FloatArray, check_matrix


class Ensemble(ABC):
    """A model of several members; a single model is an ensemble of one."""

    @abstractmethod
    def predict_members(self, X: FloatArray) -> FloatArray:
        """What each member predicts for rows (n, columns), (n, members); no row depends on the others."""

    def predict(self, X: FloatArray) -> FloatArray:
        """Mean over the members, (n,)."""
        mean: FloatArray = self.predict_members(X).mean(axis=1)
        return mean


def check_rows(X: object, n_columns: int) -> FloatArray:
    """Rows of a model that looks at all their columns, (n, n_columns).

    Raises:
        ValueError: Another number of columns.
    """
    return check_matrix(X, "X", n_columns).astype(np.float64, copy=False)
