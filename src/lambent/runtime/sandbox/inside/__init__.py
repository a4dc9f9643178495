"""
What runs outside the server's own process: the zygote and the keeper of each sandbox.

These modules are imported by the *function's* interpreter, which may be older than the
server's (Python 3.10 and later) and has none of the server's packages. They import only the
standard library and each other.
"""
