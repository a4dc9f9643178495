"""The command line: thin, it calls the API like any other client."""
