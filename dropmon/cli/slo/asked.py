"""What the commands of `dropmon slo` ask of the rules and the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropmon.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dropmon.cli.options import Output
    from dropmon.output import Table
    from dropmon.rules import Rules
    from dropmon.slo.promise import Promise
    from dropmon.slo.standing import Standing


def asked(path: Path | None) -> Rules:
    """The rules, which promise something. Raises UsageError when they do not."""
    from dropmon import rules

    found = rules.load(rules.find(path))
    if "slos" not in found.given:
        raise UsageError(f"{found.path} promises nothing", "add `slos:`, as in the README")
    return found


def overview(path: Path | None, place: str | None, at: str | None) -> Table:
    """Every SLO, the worst first."""
    from dropmon.cli.options import instant
    from dropmon.flows.promises import promises
    from dropmon.slo import table

    rules = asked(path)
    when = instant(at, rules)
    return table.overview(stood(rules, place, when, promises(rules)), when)


def named(path: Path | None, place: str | None, at: str | None, name: str) -> Standing:
    """One SLO. Raises UsageError when there is none of that name."""
    from dropmon.cli.options import instant
    from dropmon.flows.promises import promises
    from dropmon.rules.problems import suggest

    rules = asked(path)
    own = {each.name: each for each in promises(rules)}
    if name not in own:
        raise UsageError(f"there is no SLO {name!r}", suggest(name, own) or "dropmon slo lists them")
    return stood(rules, place, instant(at, rules), [own[name]])[0]


def shown(one: Standing, form: Output) -> None:
    """Prints one SLO."""
    from dropmon import output
    from dropmon.output import Format
    from dropmon.slo.details import details
    from dropmon.slo.table import as_object

    if form is Format.JSON:
        output.write(output.json_text(as_object(one)))
    else:
        output.print_table(details(one), form)


def stood(rules: Rules, place: str | None, at: float, wanted: Sequence[Promise]) -> list[Standing]:
    """How these stand in the history."""
    from dropmon.flows import promises
    from dropmon.flows.judge import history
    from dropmon.storage import open_for

    with open_for(rules, place) as store:
        return promises.stand(rules, store, history(rules, store), at, wanted)
