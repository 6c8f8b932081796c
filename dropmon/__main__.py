"""`dropmon` and `python -m dropmon`: the shortest way to the command line."""

from __future__ import annotations

import gc

RARELY = 20_000  # objects between two searches for garbage: a start makes many, and none of them is garbage


def main() -> None:
    """Runs the command line and ends the process."""
    gc.set_threshold(RARELY, 20, 20)
    from dropmon.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
