"""dropmon incident open: something is broken that no alert has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Send, desk, loaded, said
from dropmon.cli.options import Output, RulesPath, Storage

if TYPE_CHECKING:
    from dropmon.incidents.policy import Level

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Title = Annotated[str, typer.Argument(metavar="TITLE", help="What is broken, in a few words.")]
LevelOf = Annotated[str, typer.Option("--level", metavar="critical|major|minor", help="How bad it is.")]


@app.command("open", help="Open an incident by hand: everybody of its level is told, and its clocks begin."
             "\n\nExample: dropmon incident open 'Payments are refused' --level critical")  # fmt: skip
def open_(
    title: Title, level: LevelOf = "major", by: By = None, send: Send = True, at: At = None,
    rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.flows.desk import policies
    from dropmon.flows.response import opening

    found = loaded(rules)
    policy = policies(found)[level_of(level)]
    with desk(found, storage, at) as own:
        made = opening(own, titled(title), policy, own.at, by or who(), fingerprint=title.casefold().strip())
    said(found, storage, made.number, at, form, own.told, send)


def titled(text: str) -> str:
    """Raises UsageError for a title that says nothing."""
    from dropmon.errors import UsageError

    if not (title := " ".join(text.split())):
        raise UsageError("an incident needs a title", "dropmon incident open 'Payments are refused'")
    return title


def level_of(word: str) -> Level:
    """The level of that name. Raises UsageError."""
    from dropmon.errors import UsageError
    from dropmon.incidents.policy import Level
    from dropmon.rules.problems import suggest

    known = {level.value: level for level in Level}
    if word.lower() not in known:
        raise UsageError(f"{word!r} is no level", suggest(word, known) or "critical, major or minor")
    return known[word.lower()]
