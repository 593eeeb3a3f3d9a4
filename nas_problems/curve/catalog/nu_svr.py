"""Support vector regression on a curve and its differences."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nas_problems.array import FloatArray
from nas_problems.curve.predictor import check_begun, curve_predictors, of_finite, usable_curves

_FOLDS = 5
_COSTS, _WIDTHS = (1.0, 10.0, 100.0), (0.01, 0.1, 1.0)  # C; the kernel's gamma times the number of features


@dataclass(slots=True)
class NuSvrOfCurve:
    """Nu-SVR with a radial kernel on the values seen, their first and their second differences, standardized.

    C and the kernel's width are chosen by five-fold cross-validation, whose root mean squared error is the spread.

    Differs: In baker2018 the features hold the hyperparameters, too, and nu is chosen as well, by random search; here
    only the curve is looked at.

    Args:
        nu: Share of support vectors.

    Source: baker2018.
    """

    nu: float = 0.5
    _model: Any = field(init=False, repr=False, default=None)
    _level: float = field(init=False, repr=False, default=0.0)
    _unit: float = field(init=False, repr=False, default=1.0)
    _spread: float = field(init=False, repr=False, default=float("nan"))
    _n_seen: int = field(init=False, repr=False, default=0)

    def fit(self, curves: FloatArray, n_seen: int) -> None:
        """See ``CurvePredictor.fit``.

        Raises:
            ValueError: Fewer than five usable curves, or not 1 <= ``n_seen`` <= steps.
        """
        from sklearn.model_selection import GridSearchCV, KFold
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import NuSVR

        usable = usable_curves(curves, n_seen, at_least=_FOLDS)
        X, end = _features(usable[:, :n_seen]), usable[:, -1]
        self._level, self._unit = float(end.mean()), float(end.std()) or 1.0
        y = (end - self._level) / self._unit
        widths = [width / X.shape[1] for width in _WIDTHS]
        search = GridSearchCV(
            make_pipeline(StandardScaler(), NuSVR(nu=self.nu)),
            {"nusvr__C": _COSTS, "nusvr__gamma": widths},
            scoring="neg_mean_squared_error",
            cv=KFold(_FOLDS, shuffle=True, random_state=0),
        ).fit(X, y)
        self._model, self._spread = search.best_estimator_, self._unit * float(np.sqrt(-search.best_score_))
        self._n_seen = n_seen

    def predict(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.predict``."""
        check_begun(begun, self._n_seen, predictor=self)
        return of_finite(begun, self._predicted)

    def _predicted(self, begun: FloatArray) -> FloatArray:
        return np.asarray(self._level + self._unit * self._model.predict(_features(begun)))

    def spread(self, begun: FloatArray) -> FloatArray:
        """See ``CurvePredictor.spread``."""
        check_begun(begun, self._n_seen, predictor=self)
        return of_finite(begun, lambda begun: np.full(len(begun), self._spread))


def _features(begun: FloatArray) -> FloatArray:
    return np.concatenate([begun, np.diff(begun, axis=1), np.diff(begun, n=2, axis=1)], axis=1)


curve_predictors.register("nu-svr", summary="nu-SVR on the curve and its differences (Baker et al.)", family="learned")(
    NuSvrOfCurve
)
