"""What a shell completes: names of problems, solvers and pages, also behind a comma."""


def problem_names(incomplete: str) -> list[str]:
    """Problems, the last of a list."""
    import nas_problems

    return _last(incomplete, nas_problems.names())


def solver_names(incomplete: str) -> list[str]:
    """Solvers, the last of a list."""
    import optimizers

    return _last(incomplete, optimizers.names(collected=False))


def page_names(incomplete: str) -> list[str]:
    """Pages of papers, and ``all``."""
    from experiments.papers import reproductions

    return _last(incomplete, (*reproductions.names(), "all"))


def _last(incomplete: str, names: tuple[str, ...]) -> list[str]:
    """Names that the text behind the last comma begins, with what is before it.

    >>> _last("nb201-cifar10,fc", ("fcnet-protein", "nb201-digits"))
    ['nb201-cifar10,fcnet-protein']
    """
    before, comma, begun = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in names if name.startswith(begun)]
