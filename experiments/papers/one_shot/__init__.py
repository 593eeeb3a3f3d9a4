"""One-shot methods on NAS-Bench-201, next to the published numbers and to solvers at equal seconds."""

from experiments.papers.one_shot.page import reproduce_one_shot as reproduce_one_shot
