"""Settings shared by all tests: the same hypothesis examples in every run, no time limits, and Ctrl-C.

A shell starts what it puts into the background with SIGINT ignored, and children inherit that; tests that
interrupt something need the signal.
"""

import signal

from hypothesis import settings

settings.register_profile("iohnas", deadline=None, derandomize=True, database=None, max_examples=50)
settings.load_profile("iohnas")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
