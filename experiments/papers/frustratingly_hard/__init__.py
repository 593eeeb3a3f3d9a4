"""Yang, Esperança, Carlucci 2020: what a search gains over the average architecture, and what else decides."""

from experiments.papers.frustratingly_hard.page import reproduce_frustratingly_hard as reproduce_frustratingly_hard
