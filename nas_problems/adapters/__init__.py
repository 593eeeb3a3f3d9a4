"""Problems in the dialects of other libraries, one file per library: ioh, nevergrad, optuna, pymoo.

Nothing is imported here: import the file you need, e.g. ``from nas_problems.adapters.ioh import as_ioh``.
"""
