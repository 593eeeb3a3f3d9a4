"""The problems that come with iohnas, one file per family.

To add a problem, add one file here that calls ``nas_problems.register``; it is found by name, and the
conformance tests cover it at once.
"""
