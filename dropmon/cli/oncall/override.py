"""dropmon oncall override: somebody stands in for somebody else, or takes a role, for a while."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.oncall import At
from dropmon.cli.options import Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from dropmon.flows.paging import Known
    from dropmon.oncall.roster import Override

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="Let somebody stand in, for a while. The rotation goes on as it would."
    "\n\nExample: dropmon oncall override add charlie --replace alice --from '2026-12-24 09:00' --for 2d",
)  # fmt: skip

Name = Annotated[str, typer.Argument(metavar="PERSON", help="Who stands in.")]
Replace = Annotated[str | None, typer.Option("--replace", metavar="PERSON", help="For whom, while they are on duty.")]
Take = Annotated[str | None, typer.Option("--take", metavar="primary|backup", help="Or: the role, whoever holds it.")]
Start = Annotated[str | None, typer.Option("--from", metavar="TIME", help="By the rota's clock. Default: now.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="By the rota's clock.")]
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="Or: for how long.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who wants it. Default: who you are here.")]
Reason = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As `override list` shows it; its beginning is enough.")]
All = Annotated[bool, typer.Option("--all", help="Also those that have ended or were taken back.")]


@app.command(help="Add an override.\n\nExample: dropmon oncall override add bob --take primary --for 2h -m 'dentist'")
def add(
    person: Name, replace: Replace = None, take: Take = None, start: Start = None, until: Until = None,
    within: For = None, reason: Reason = "", by: By = None, at: At = None, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.cli.alert.ack import who
    from dropmon.cli.oncall.asked import asked, meant, span
    from dropmon.flows import paging, rota

    loaded = asked(rules)
    known = paging.known(loaded, storage)
    now = instant(at, zone=known.roster.zone)
    own = meant(known.roster, person, replace, take, span(start, until, within, known.roster.zone, now))
    one = own._replace(id=secrets.token_hex(4), reason=reason, author=by or who(), created=now)
    doubts = rota.doubts(known, [one])
    rota.override(loaded, storage, [one])
    show(known, [(one, False)], now, form, doubts)


@app.command("list", help="Show overrides, those of the rules and those that were added."
             "\n\nExample: dropmon oncall override list --all")  # fmt: skip
def list_(
    everything: All = False, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:
    from dropmon.cli.oncall.asked import asked
    from dropmon.flows import paging, rota

    loaded = asked(rules)
    known = paging.known(loaded, storage)
    now = instant(at, zone=known.roster.zone)
    found = [each for each in rota.made(loaded, storage) if everything or (each[0].end > now and not each[1])]
    show(known, found, now, form, known.warnings)


@app.command(help="Take an override back, from now on.\n\nExample: dropmon oncall override remove 1f0c9a2b")
def remove(
    id: Id, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:  # fmt: skip
    from dropmon.cli.oncall.asked import asked, minute
    from dropmon.flows import paging, rota

    loaded = asked(rules)
    known = paging.known(loaded, storage)
    now = instant(at, zone=known.roster.zone)
    one = rota.taken_back(loaded, storage, id, minute(now))
    show(known, [(one, True)], now, form, ())


def show(
    known: Known, found: list[tuple[Override, bool]], at: float, form: Output, warnings: tuple[str, ...]
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon.oncall.said import overrides

    table = overrides(found, at, known.roster.zone)
    notes = tuple(f"warning: {each}" for each in warnings)
    output.print_table(table._replace(notes=notes), form)
