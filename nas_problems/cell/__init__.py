"""Cells of published search spaces as graphs: what is a cell, which cells are the same, and what they cost."""
