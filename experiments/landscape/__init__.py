"""Landscapes of problems: analysis from end to end, its figures, and our solvers' runs on the BBOB functions."""
