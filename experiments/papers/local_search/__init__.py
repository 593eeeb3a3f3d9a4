"""White, Nolen and Savani 2021: local search, noise, and a theory of both, on NAS-Bench-201."""

from experiments.papers.local_search.page import reproduce_local_search as reproduce_local_search
