"""The commands, one a file; `tinhuyen.cli` imports the one that is asked for."""
