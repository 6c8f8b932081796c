"""`python -m dropmon` is `dropmon`."""

from dropmon.cli import main

main()
