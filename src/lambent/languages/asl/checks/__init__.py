"""Whether a definition is right, and all that is wrong with it."""
