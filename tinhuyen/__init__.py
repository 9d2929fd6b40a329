"""The command line of Tin Huyện: thin, one file a command."""
