"""Which solvers and problems of a study a report shows."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from experiments.report.result import Result


@dataclass(frozen=True, slots=True)
class Selection:
    """Names of what is shown; None: everything.

    A name is a label as logs have it (``local-search.variant-query-until-lower``, ``nb201-cifar10.sampled``), or its
    first part, which stands for all labels that begin with it where none is equal to it.

    Args:
        solvers: Solvers.
        problems: Problems.
    """

    solvers: Sequence[str] | None = None
    problems: Sequence[str] | None = None

    def of(self, results: Sequence[Result]) -> list[Result]:
        """The runs that are shown, in their order.

        Raises:
            KeyError: A name that no run has; the message has the nearest ones.
        """
        solvers = _chosen(self.solvers, (run.record.algorithm for run in results), "solvers")
        problems = _chosen(self.problems, (run.record.problem for run in results), "problems")
        return [run for run in results if run.record.algorithm in solvers and run.record.problem in problems]

    def shows(self, problem: str, solver: str) -> bool:
        """Whether a failed run is shown, of which only the labels are known."""
        return _is_named(problem, self.problems) and _is_named(solver, self.solvers)


def _chosen(names: Sequence[str] | None, labels: Iterable[str], what: str) -> frozenset[str]:
    known = sorted(set(labels))
    if names is None:
        return frozenset(known)
    chosen: set[str] = set()
    for name in names:
        matching = [name] if name in known else [label for label in known if label.startswith(f"{name}.")]
        if not matching:
            near = difflib.get_close_matches(name, known, n=3) or known[:10]
            raise KeyError(f"{what}: the study has no finished run of {name!r}; it has {', '.join(near) or 'none'}")
        chosen.update(matching)
    return frozenset(chosen)


def _is_named(label: str, names: Sequence[str] | None) -> bool:
    return names is None or any(label == name or label.startswith(f"{name}.") for name in names)
