"""dropmon incident postmortem: what is learnt from it."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Number, desk, loaded
from dropmon.cli.options import RulesPath, Storage, instant

if TYPE_CHECKING:
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Language = Annotated[str | None, typer.Option("--language", metavar="en|fr", help="Default: the platform's.")]
Close = Annotated[
    Path | None, typer.Option("--close", metavar="FILE", help="This is the finished one: no TODO is left in it.")
]
LARGEST = 4 << 20  # bytes of a document


@app.command(
    help="Write the post-mortem from the timeline, with a TODO where only people know; close it when it is finished."
    "\n\nExample: dropmon incident postmortem 12 > postmortem-12.md"
)
def postmortem(
    number: Number, language: Language = None, close: Close = None, by: By = None, at: At = None,
    rules: RulesPath = None, storage: Storage = None,
) -> None:  # fmt: skip
    from dropmon import output

    found = loaded(rules)
    if close is None:
        output.write(drafted(found, storage, number, language, at))
    else:
        text = finished(close)
        closed(found, storage, number, by or who(), text, at)
        output.write(f"the post-mortem of incident {number} is written")


def drafted(rules: Rules, place: str | None, number: int, language: str | None, at: str | None) -> str:
    """The document with what is on record. Raises UsageError."""
    from dropmon.errors import UsageError
    from dropmon.flows import archive
    from dropmon.incidents import measure
    from dropmon.incidents.aftermath import WORDS
    from dropmon.incidents.postmortem import Writer, document

    if language and language not in WORDS:
        raise UsageError(f"{language!r} is no language of post-mortems", "en or fr")
    story = archive.story(rules, place, number, instant(at, rules) if at else inf)
    platform = rules.platform
    called = archive.called(rules, place)
    writer = Writer(platform.name, language or platform.language, platform.timezone, called)
    earlier = measure.earlier(story.incident, story.others)
    events = [event for event, _ in story.events]
    return document(story.incident, events, story.deployed, earlier, writer)


def finished(path: Path) -> str:
    """The document, in which nothing is left to do. Raises UsageError."""
    from dropmon.errors import UsageError
    from dropmon.incidents.postmortem import unfinished

    hint = "dropmon incident postmortem NUMBER > FILE writes one"
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{path} cannot be read: {why}", hint) from None
    if len(content) > LARGEST or not text.strip():
        raise UsageError(f"{path} is {'larger than 4 MiB' if text.strip() else 'empty'}", hint)
    if lines := unfinished(text):
        many = f"{len(lines)} TODO{'s are' if len(lines) > 1 else ' is'} left"
        raise UsageError(f"{path}:{lines[0]}: {many}", "fill them in, or take them out")
    return text


def closed(rules: Rules, place: str | None, number: int, author: str, text: str, at: str | None) -> None:
    """Writes down that it is written, and the document with it."""
    from dropmon.flows.response import close

    with desk(rules, place, at) as own:
        close(own, number, author, text)
