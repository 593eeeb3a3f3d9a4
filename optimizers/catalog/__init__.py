"""Registered solvers: one file per solver or library; a new file adds one."""
