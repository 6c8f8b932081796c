"""`dropmon` and `python -m dropmon`: the shortest way to the command line."""

from __future__ import annotations

import gc
import os
import sys
from types import ModuleType

INTERRUPTED = 130  # what shells say of Ctrl-C
RARELY = 200_000  # objects between two searches for garbage: a start makes many, and none of them is garbage


def main() -> None:
    """Runs the command line and ends the process."""
    gc.set_threshold(RARELY, 20, 20)
    # A plugin of another tool would see every secret in the rules; looking for one costs 10 ms at every start, and
    # getting ready to look for none as much again.
    if os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__") == "__all__":
        without_plugins()
    try:
        from dropmon.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)


def without_plugins() -> None:
    """Stands in for what pydantic finds its plugins with, and imports the packaging of all programs for."""
    place = "pydantic.plugin._loader"
    sys.modules[place] = loader = ModuleType(place)
    loader.get_plugins = lambda: ()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
