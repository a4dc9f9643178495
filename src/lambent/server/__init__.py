"""Where the process is put together."""
