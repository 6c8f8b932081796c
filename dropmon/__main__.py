"""`dropmon` and `python -m dropmon`: the shortest way to the command line."""

from __future__ import annotations

import gc
import os

RARELY = 200_000  # objects between two searches for garbage: a start makes many, and none of them is garbage


def main() -> None:
    """Runs the command line and ends the process."""
    gc.set_threshold(RARELY, 20, 20)
    # A plugin of another tool would see every secret in the rules; looking for one costs 10 ms at every start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from dropmon.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
