"""Tables of our own: planned, built by training, verified, read, and modelled.

``plan`` says what is trained, ``unit`` trains (the only file here that needs torch), ``build`` does all
of it and can be killed, ``file`` writes and reads the result, ``verify`` trains a sample again, and
``surrogate`` fits a model to a table or to a sample of any problem.
"""
