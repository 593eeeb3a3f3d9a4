"""The executors; each file registers one, or several of a kind."""
