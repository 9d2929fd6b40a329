"""``python -m tinhuyen``."""

from tinhuyen.cli import main

main(prog_name="tinhuyen")
