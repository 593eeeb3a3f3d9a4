"""Kinds of surrogates: one file each."""
