"""What waits is told: the rules' channels, the store's outbox and the dispatcher, introduced to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropmon.alerts.channel import Given
    from dropmon.alerts.message import Voice
    from dropmon.alerts.notification import Notification
    from dropmon.alerts.outcome import Round, Tried
    from dropmon.rules import Rules
    from dropmon.storage.outbox import Row, SqliteOutbox

SETTLED = 30 * 86400.0  # seconds for which the outbox remembers what it sent


def tell(rules: Rules, place: str | None, clock: Callable[[], float], budget: float | None = None) -> Round:
    """Sends all that waits in the outbox and is due. Begins nothing new after `budget` seconds. Raises StorageError."""
    return say(rules, place, (), clock, budget)


def say(
    rules: Rules,
    place: str | None,
    messages: Sequence[Notification],
    clock: Callable[[], float],
    budget: float | None = None,
) -> Round:
    """Adds messages to the outbox, and sends all that is due. Raises StorageError."""
    from dropmon.alerts.outcome import Round
    from dropmon.alerts.packing import packed
    from dropmon.storage.outbox import Row, open_outbox

    with open_outbox(rules, place) as outbox:
        if messages:
            at = clock()
            outbox.put([Row(each.id, each.channel, packed(each), each.at) for each in messages], at)
        elif not (outbox.waiting(clock()) or outbox.untold()):  # as nearly always: no channel is built for it
            return Round(())
        done = _sent(rules, outbox, clock, budget)
        own = {each.id for each in messages} - {each.id for each in done.tried}
        return done._replace(tried=(*done.tried, *(_untried(outbox, row) for row in outbox.of(own)))) if own else done


def _untried(outbox: SqliteOutbox, row: Row) -> Tried:
    """What stands of a message that was not tried now: it was sent before, or waits."""
    from dropmon.alerts.outcome import End, Tried
    from dropmon.model import moment
    from dropmon.storage.outbox import TOLD_IN

    if row.state == "joined":
        (whole,) = outbox.of([row.error.removeprefix(TOLD_IN)]) or (row,)
        row = whole._replace(id=row.id)
    if row.state == "sent":
        return Tried(row.id, row.channel, End.ALREADY, f"already sent at {moment(row.touched)} under this id")
    end = End.DEAD if row.state == "dead" else End.WAITING
    return Tried(row.id, row.channel, end, row.error or "it waits for its turn", row.next_at)


def _sent(rules: Rules, outbox: SqliteOutbox, clock: Callable[[], float], budget: float | None) -> Round:
    from dropmon.alerts.dispatch import BUDGET, dispatch
    from dropmon.alerts.outcome import Late
    from dropmon.flows.paging import every

    channels = every(rules, outbox.place, clock())
    outbox.inherit(clock(), often(rules), channels)
    done = dispatch(outbox, channels, voice(rules), clock, BUDGET if budget is None else budget)
    outbox.tidy(clock(), SETTLED)
    at, tried = clock(), {each.id for each in done.tried}
    late = ((row, at - row.created > patience(channels.get(row.channel))) for row in outbox.overlooked(at))
    said = (Late(row.channel, row.error, overdue) for row, overdue in late if overdue or row.id not in tried)
    return done._replace(late=tuple(said))


def often(rules: Rules) -> float:
    """Seconds between two runs, as the rules say."""
    defaults = rules.checked("defaults")  # a mistake there must keep no message from being sent
    return 0.0 if defaults.problems or defaults.unset else float(defaults.value.every)


def patience(given: Given | None) -> float:
    """Seconds after which a message to a channel is overdue."""
    from dropmon.alerts.dispatch import MISSING

    return given.channel.patience if given and given.channel else MISSING


def say_at_once(
    rules: Rules, messages: Sequence[Notification], clock: Callable[[], float], place: str | None = None
) -> Round:
    """Sends messages once, where there is no outbox: better told without a net than not at all."""
    from dropmon.alerts.delivery import refused
    from dropmon.alerts.dispatch import straight
    from dropmon.alerts.instead import instead
    from dropmon.alerts.outcome import End, Round, Tried
    from dropmon.flows.paging import every

    channels = every(rules, place, clock())
    tried: list[Tried] = []
    heard: list[Notification] = []
    waiting = list(messages)
    while waiting:
        each = waiting.pop(0)
        one = channels.get(each.channel)
        if one and one.channel and not one.channel.takes(each):
            tried.append(Tried(each.id, each.channel, End.UNWANTED, "nothing in it is for this channel"))
            continue
        if one is None or one.channel is None:
            found = refused(str(one.problem) if one else "no such channel")
        else:
            found = straight(one.channel, each, voice(rules), clock)
        tried.append(Tried(each.id, each.channel, End.SENT if found.ok else End.DEAD, found.why))
        heard += [each] if found.ok else []
        failing = {one.channel for one in tried if one.end is End.DEAD}
        if not found.ok and (other := instead(each, found.why, channels, [*heard, *waiting], failing)):
            waiting.append(other)
    return Round(tuple(tried))


def voice(rules: Rules) -> Voice:
    """The language of messages, and their zone."""
    from dropmon.alerts.message import Voice

    runbooks = rules.checked("runbooks")  # a mistake there must keep no message from being sent
    pages = "" if runbooks.problems or runbooks.unset else runbooks.value.url
    return Voice(rules.platform.language, rules.platform.timezone, pages or "")
