"""One-shot methods on NAS-Bench-201, next to the published numbers and to solvers at equal seconds."""
