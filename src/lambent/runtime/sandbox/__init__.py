"""Walls: how a function's processes are started, kept apart and ended."""
