"""Markdown for people: laid out on a terminal, as it is written in a pipe. Nothing in it is obeyed by a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from dropmon.output.harmless import clean


def lines(text: Iterable[str]) -> str:
    """Lines from outside, harmless, one below the other."""
    return "\n".join(clean(line.expandtabs(4)) for line in text)


def print_prose(text: str, raw: bool = False) -> None:
    """Prints Markdown on stdout; `raw` as it is written, on a terminal too."""
    import sys

    harmless = lines(text.split("\n"))
    if raw or not sys.stdout.isatty():
        print(harmless)
        return
    from rich.markdown import Markdown

    from dropmon.output.screens import terminal

    terminal().print(Markdown(harmless, hyperlinks=False, code_theme="ansi_dark"))
