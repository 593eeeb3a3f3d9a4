"""An evaluator as it is sent to other processes."""

import pickle

from nas_problems.evaluation import Evaluator


def pickle_evaluator(evaluator: Evaluator) -> bytes:
    """The evaluator as bytes, for workers of one run.

    Args:
        evaluator: Any.

    Raises:
        ValueError: It cannot be pickled, as where it holds a lambda or a function made inside another one.
    """
    try:
        return pickle.dumps(evaluator)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            f"evaluations: the evaluator cannot be sent to other processes: {error}; write its functions at the top "
            "level of a module"
        ) from error
