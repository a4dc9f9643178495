"""The Python bootstrap: imports the handler and calls it. Standard library only, Python 3.10+."""
