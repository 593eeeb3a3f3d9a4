"""What all ensembles share: they predict the mean of their members."""

from abc import ABC, abstractmethod

from nas_problems.array import FloatArray


class Ensemble(ABC):
    """A model of several members; a single model is an ensemble of one."""

    @abstractmethod
    def predict_members(self, X: FloatArray) -> FloatArray:
        """What each member predicts for rows (n, columns), (n, members); no row depends on the others."""

    def predict(self, X: FloatArray) -> FloatArray:
        """Mean over the members, (n,)."""
        mean: FloatArray = self.predict_members(X).mean(axis=1)
        return mean
