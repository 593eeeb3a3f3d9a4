"""Files that problems are made from: where they come from, their hashes and licences, and their cache."""

from nas_problems.datasets.cache import cache_folder, check_sha256, load_cached

__all__ = ["cache_folder", "check_sha256", "load_cached"]
