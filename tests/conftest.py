"""Settings shared by all tests: the same hypothesis examples in every run, and no time limits."""

from hypothesis import settings

settings.register_profile("iohnas", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("iohnas")
