"""dropmon alert backtest: what would it have told?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant, seconds, wall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.alerts.rule import Plan
    from dropmon.alerts.step import Step as Evaluation
    from dropmon.output import Table
    from dropmon.progress import Progress
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Id = Annotated[str | None, typer.Argument(metavar="ID", help="An id of `alerts:`. Default: all.")]
From = Annotated[str, typer.Option("--from", metavar="TIME", help="From when: a time, or 7d (ago).")]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="To when. Default: now.")]
Step = Annotated[str | None, typer.Option("--step", metavar="TIME", help="An evaluation each. Default: as cron.")]
AT_MOST = 100_000  # evaluations


@app.command(help="Play the recorded past through the rules: each time pending, firing or unknown, and each notice."
             "\n\nExample: dropmon alert backtest api_down --from 30d")  # fmt: skip
def backtest(
    id: Id = None, start: From = "7d", end: To = None, step: Step = None, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.cli.alert.explain import chosen
    from dropmon.flows.planning import plan

    loaded = loading.load(loading.find(rules))
    times = moments(instant(start, loaded), instant(end, loaded), seconds(step) if step else loaded.defaults.every)
    planned = plan(loaded)
    own = chosen(planned, id).id if id else None
    output.print_table(played(loaded, narrowed(planned, own), storage, times, own), form)


def moments(start: float, end: float, step: float) -> range:
    """The times of the evaluations, in whole seconds. Raises UsageError for none, or for too many."""
    from dropmon.errors import UsageError

    width = max(1, round(step))
    if end <= start:
        raise UsageError("the span ends before it begins", "--to comes after --from")
    times = range(int(start), int(end) + 1, width)
    if len(times) > AT_MOST:
        raise UsageError(f"{len(times):,} evaluations are more than {AT_MOST:,}", "take a longer --step")
    return times


def narrowed(plan: Plan, id: str | None) -> Plan:
    """The plan with one rule, and those that explain it."""
    if id is None:
        return plan
    wanted = [id]
    known = {rule.id: rule for rule in plan.rules}
    for name in wanted:  # grows meanwhile
        wanted += [other for other in known[name].depends_on if other in known and other not in wanted]
    return plan._replace(rules=tuple(known[name] for name in wanted))


def played(rules: Rules, plan: Plan, place: str | None, times: range, id: str | None) -> Table:
    """Every interval, and every notice; of one rule, if it is named, and not of those that explain it."""
    from dropmon.alerts.backtest import intervals, table
    from dropmon.alerts.silence import Silence
    from dropmon.flows.judge import history
    from dropmon.flows.replay import replay
    from dropmon.progress import Progress
    from dropmon.storage import open_for
    from dropmon.storage.alerts import alerts_of

    with open_for(rules, place) as store, Progress("evaluations") as progress:
        known = (Silence(*one) for one in alerts_of(store).silences())
        silences = tuple(one for one in known if one.start <= times[-1] and one.end > times[0])
        found = intervals(counted(replay(rules, plan, history(rules, store), times, silences), progress))
    found = [one for one in found if id in (None, one.rule)]
    return table(found, times[0], times[-1], len(silences), wall(rules))


def counted(steps: Iterator[Evaluation], progress: Progress) -> Iterator[Evaluation]:
    for step in steps:
        progress.step()
        yield step
