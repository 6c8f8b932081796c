"""dropmon incident status: what users are told."""

from __future__ import annotations

import time
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Number, loaded
from dropmon.cli.options import RulesPath, Storage, instant, seconds

if TYPE_CHECKING:
    from dropmon.flows.archive import Story
    from dropmon.incidents.status import Page, Public, Reader, Update
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Form(StrEnum):
    """How it is written."""

    MARKDOWN = "markdown"
    JSON = "json"
    RSS = "rss"


Where = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="investigating, identified, monitoring, resolved. Default: as is."),
]  # fmt: skip
Text = Annotated[str, typer.Option("--text", "-m", metavar="TEXT", help="What is new. Default: the usual sentence.")]
Impact = Annotated[str, typer.Option("--impact", metavar="TEXT", help="What users notice, in their words.")]
Affected = Annotated[list[str] | None, typer.Option("--affected", metavar="NAME", help="A part that users know.")]
Next = Annotated[str | None, typer.Option("--next", metavar="TIME", help="Until the next update. Default: `update`.")]
Language = Annotated[str | None, typer.Option("--language", metavar="en|fr", help="Default: the platform's.")]
Publish = Annotated[bool, typer.Option("--publish", help="You publish it: the timeline says so, no reminder comes.")]
Written = Annotated[str, typer.Option("--format", metavar="FORMAT", help="markdown, json or rss.")]


class Words(NamedTuple):
    """What the command line says."""

    state: str | None
    text: str
    impact: str
    affected: tuple[str, ...]
    next: str | None


@app.command(
    help="Write the text of the status page: what users notice, what is done, when they hear more; nothing internal."
    "\n\nExample: dropmon incident status 12 --state identified --impact 'Payments by card fail.' --publish"
)
def status(
    number: Number, state: Where = None, text: Text = "", impact: Impact = "", affected: Affected = None,
    next_: Next = None, language: Language = None, publish: Publish = False, by: By = None, at: At = None,
    rules: RulesPath = None, storage: Storage = None, form: Written = "markdown",
) -> None:  # fmt: skip
    from dropmon import output

    found, words = loaded(rules), Words(state, text, impact, tuple(affected or ()), next_)
    reader = reading(found, language)
    story = standing(found, storage, number, instant(at, found) if at else inf)
    new = update(story, words, instant(at, found))
    if publish:
        published(found, storage, story, new, words, by)
    output.write(written(page(story, new if publish or said(words, story) else None, words, reader), reader, form))


def reading(rules: Rules, language: str | None) -> Reader:
    """Who reads it. Raises UsageError."""
    from dropmon.errors import UsageError
    from dropmon.incidents.public import WORDS
    from dropmon.incidents.status import Reader

    if language and language not in WORDS:
        raise UsageError(f"{language!r} is no language of status pages", "en or fr")
    platform = rules.platform
    return Reader(platform.name, language or platform.language, platform.timezone, platform.url or "")


def said(words: Words, story: Story) -> bool:
    """Whether there is something to be said that was not said yet."""
    from dropmon.incidents.status import public

    before = story.incident.said
    return words != Words(None, "", "", (), None) or not before or before != public(story.incident).value


def standing(rules: Rules, place: str | None, number: int, at: float) -> Story:
    """The incident, or the one that stands for it: what was merged is over when that is. Raises UsageError."""
    from dropmon import output
    from dropmon.flows import archive

    story = archive.story(rules, place, number, at)
    while (into := story.incident.merged) is not None:
        output.warn(
            f"incident {story.incident.number} was merged into {into}", f"this is the status of incident {into}"
        )
        story = archive.story(rules, place, into, at)
    return story


def update(story: Story, words: Words, at: float) -> Update:
    """What is said now. Raises UsageError where that is not so."""
    from dropmon.errors import UsageError
    from dropmon.incidents import status as pages

    incident = story.incident
    state = named(words.state) if words.state else pages.public(incident)
    over = state is pages.Public.RESOLVED
    if over and incident.open:
        hint = f"dropmon incident resolve {incident.number}"
        raise UsageError(f"incident {incident.number} is open: users cannot be told that it is resolved", hint)
    if not incident.open and (words.next or state in {pages.Public.INVESTIGATING, pages.Public.IDENTIFIED}):
        what = "promised more by a time" if words.next else f"told that it is {state.value}"
        hint = f"dropmon incident reopen {incident.number}"
        raise UsageError(f"incident {incident.number} is resolved: users cannot be {what}", hint)
    wait = seconds(words.next) if words.next else incident.policy.update
    return pages.Update(at, state, words.text.strip(), at + wait if wait is not None and incident.open else None)


def named(word: str) -> Public:
    """Raises UsageError for what is no state."""
    from dropmon.errors import UsageError
    from dropmon.incidents.status import Public
    from dropmon.rules.problems import suggest

    known = {each.value: each for each in Public}
    if word.lower() not in known:
        raise UsageError(f"{word!r} is no state of a status page", suggest(word, known) or ", ".join(known))
    return known[word.lower()]


def published(rules: Rules, place: str | None, story: Story, new: Update, words: Words, by: str | None) -> None:
    """Writes down that users have been told."""
    from dropmon.flows.desk import desk
    from dropmon.flows.response import communicate

    body = {"state": new.state.value, "text": new.text, "impact": words.impact, "affected": [*words.affected],
            "next": new.next}  # fmt: skip
    with desk(rules, place, new.at, time.time()) as own:
        communicate(own, story.incident.number, by or who(), body)


def page(story: Story, new: Update | None, words: Words, reader: Reader) -> Page:
    """The whole page, with what was said before."""
    from dropmon.incidents.status import page as laid
    from dropmon.incidents.status import told

    before = told(event for event, _ in story.events)
    updates = [new, *before] if new else before
    return laid(story.incident, updates, reader, words.impact, words.affected)


def written(page: Page, reader: Reader, form: str) -> str:
    """The page as Markdown, JSON or RSS. Raises UsageError."""
    import json

    from dropmon.errors import UsageError
    from dropmon.incidents import status as pages
    from dropmon.secrets import mask

    if form not in [*Form]:
        raise UsageError(f"{form!r} is no form of a status page", ", ".join(Form))
    if form == Form.JSON:
        return mask(json.dumps(pages.as_json(page), indent=2, ensure_ascii=False))
    return mask(pages.rss(page, reader) if form == Form.RSS else pages.markdown(page, reader)).rstrip("\n")
