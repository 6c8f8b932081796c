"""dropmon alert silence: what nobody wants to be told for a while."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.options import Output, RulesPath, Storage, instant, loaded, seconds, wall
from dropmon.errors import UsageError
from dropmon.output import warn

if TYPE_CHECKING:
    from dropmon.alerts.silence import Silence
    from dropmon.rules import Rules
    from dropmon.storage import Store

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="Silence alerts for a while; what still fires afterwards is told then."
    "\n\nExample: dropmon alert silence add api_down check=Stripe --for 2h -m 'their maintenance'",
)  # fmt: skip

Matchers = Annotated[
    list[str],
    typer.Argument(metavar="MATCHER…", help="check=Stripe, check=~'S.*', severity!=critical, an alert's id; all fit."),
]  # fmt: skip
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="For how long.")]
Start = Annotated[str | None, typer.Option("--from", metavar="TIME", help="From when. Default: now.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Until when, instead of --for.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who wants it. Default: who you are here.")]
Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="Why.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As `silence list` shows it; its beginning is enough.")]
All = Annotated[bool, typer.Option("--all", help="Also those that have ended.")]


@app.command(help="Add a silence.\n\nExample: dropmon alert silence add severity=low --until 2026-12-01T08:00Z")
def add(
    matcher: Matchers, within: For = None, start: Start = None, until: Until = None, by: By = None,
    comment: Comment = "", rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.alerts.silence import Silence, matchers
    from dropmon.storage.alerts import Silenced, alerts_of

    known = loaded(rules)
    began, ends = span(start, within, until, known)
    wanted = tuple(each for text in matcher for each in matchers(text))
    one = Silence(secrets.token_hex(4), wanted, began, ends, by or who(), comment, instant(None))
    with opened(known, storage) as store:
        alerts_of(store).silence(Silenced(*one))
        covers = covered(one, known, store)
    show([one], form, known, added(covers))
    raise typer.Exit(0 if covers.alerts and not covers.doubts else 1)


class Covered(NamedTuple):
    """How many alerts a silence covers, how many series of them fire, and what nothing known has."""

    alerts: int
    firing: int = 0
    doubts: tuple[tuple[str, str], ...] = ()


def added(covers: Covered) -> tuple[str, ...]:
    """What to say of a silence that covers these."""
    number, firing, doubts = covers
    for what, hint in doubts:
        warn(f"warning: {what}", hint)
    if not number:
        warn("warning: it covers no alert of the rules", "dropmon alert list shows ids and labels")
    if doubts or not number:
        return ()
    series = f", of which {firing} series fire{'s' if firing == 1 else ''} now" if firing else ""
    return (f"it covers {number} alert{'' if number == 1 else 's'} of the rules{series}",)


def covered(one: Silence, rules: Rules | None, store: Store) -> Covered:
    """What a silence covers."""
    from dropmon.alerts import silence
    from dropmon.alerts.labels import doubts
    from dropmon.alerts.state import unpacked
    from dropmon.flows.labelled import labelled
    from dropmon.flows.planning import plan
    from dropmon.storage.alerts import alerts_of

    if rules is None:
        return Covered(1)  # nobody can say
    planned = plan(rules)
    states = (unpacked(each.body) for each in alerts_of(store).states())
    names = {*(entry.name for entry in rules.entries()), *(rules.databases if "databases" in rules.given else ())}
    known = labelled(rules, planned, store)
    return Covered(*silence.covered(one, planned.rules, states, names), tuple(doubts(one.matchers, known)))


@app.command("list", help="Show what is silenced.\n\nExample: dropmon alert silence list --all")
def list_(everything: All = False, rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    from dropmon.alerts.silence import Silence
    from dropmon.storage.alerts import alerts_of

    known = loaded(rules)
    with opened(known, storage) as store:
        found = [Silence(*each) for each in alerts_of(store).silences()]
    show([each for each in found if everything or each.end > instant(None)], form, known)


@app.command(help="End a silence now.\n\nExample: dropmon alert silence expire 1f0c9a2b")
def expire(id: Id, rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    from dropmon.alerts.silence import Silence
    from dropmon.storage.alerts import alerts_of

    known = loaded(rules)
    with opened(known, storage) as store:
        alerts = alerts_of(store)
        found = [each for each in alerts.silences() if id and each.id.startswith(id)]
        if len(found) != 1:
            what = f"{len(found)} silences begin" if found else "no silence begins"
            raise UsageError(f"{what} with {id!r}", "dropmon alert silence list --all")
        alerts.expire(found[0].id, instant(None))
        show([Silence(*each) for each in alerts.silences() if each.id == found[0].id], form, known)


def span(start: str | None, within: str | None, until: str | None, rules: Rules | None) -> tuple[float, float]:
    """From when until when. Raises UsageError when it has no end, two, or one before its beginning."""
    began = instant(start, rules)
    if (within is None) == (until is None):
        raise UsageError("a silence needs one end", "say --for 2h, or --until '2026-12-01 09:00'")
    ends = began + seconds(within) if within else instant(until, rules)
    if ends <= began:
        raise UsageError("the silence ends before it begins", "end after the start")
    return began, ends


@contextmanager
def opened(rules: Rules | None, place: str | None) -> Iterator[Store]:
    from dropmon.storage import open_for

    with open_for(rules, place) as store:
        yield store


def show(found: list[Silence], form: Output, rules: Rules | None, notes: tuple[str, ...] = ()) -> None:
    from dropmon import output
    from dropmon.alerts.listing import silences

    output.print_table(silences(found, instant(None), notes, wall(rules)), form)
