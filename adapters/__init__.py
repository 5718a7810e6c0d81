"""The outside world: the store, the command line, imports, files and keys."""
