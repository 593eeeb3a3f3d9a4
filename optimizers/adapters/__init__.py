"""Solvers of other libraries in ask-and-tell form: what several catalog files of one library share.

Nothing is imported here: the catalog imports a library when one of its solvers starts.
"""
