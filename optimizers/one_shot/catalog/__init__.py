"""One-shot methods, one file each; importing a file registers it."""
