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


def mend_zsh() -> None:
    """Have the script for zsh complete at the first Tab, too, where it is loaded from a file.

    typer's script only registers a function then, which completes from the second Tab on. A script that is another one
    than expected stays as it is.
    """
    from typer import _completion_classes, _completion_shared

    register = "compdef %(complete_func)s %(prog_name)s"
    script = str(_completion_shared.COMPLETION_SCRIPT_ZSH)
    if script.count(register) != 1:
        return
    is_loading = "[[ $zsh_eval_context[-1] == loadautofunc ]]"
    mended = script.replace(register, f'if {is_loading}; then\n  %(complete_func)s "$@"\nelse\n  {register}\nfi')
    _completion_shared._completion_scripts["zsh"] = mended
    _completion_classes.ZshComplete.source_template = mended


def _last(incomplete: str, names: tuple[str, ...]) -> list[str]:
    """Names that the text behind the last comma begins, with what is before it.

    >>> _last("nb201-cifar10,fc", ("fcnet-protein", "nb201-digits"))
    ['nb201-cifar10,fcnet-protein']
    """
    before, comma, begun = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in names if name.startswith(begun)]
