"""The small languages that AWS defines, each a pure package."""
