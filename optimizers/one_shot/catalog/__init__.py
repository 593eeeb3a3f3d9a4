"""One-shot methods, one file each; importing a file registers it. They need torch."""

from nas_problems.network.available import check_torch

check_torch("a one-shot method")
