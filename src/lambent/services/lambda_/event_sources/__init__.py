"""
Event source mappings: Lambda reads a source and invokes a function with batches of what it has.

A source is a row of `sources.SOURCES` and a poller; mappings, states and the work around them are
the same for all.
"""
