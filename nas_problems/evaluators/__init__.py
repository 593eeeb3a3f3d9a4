"""What stands behind a problem: tables, live estimators, surrogates, training.

One kind per file; heavy libraries are imported only in the file that needs them.
"""
