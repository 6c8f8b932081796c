"""A report is mailed once, whatever cron does: the rules' channel, the store's row and the report, introduced.

For each recipient one row is written before anything is sent; of many processes one wins it. When the mail is accepted
the row says so; when it surely did not arrive the row goes, and the next run tries again. A process that is killed, or
a connection that dies after DATA, leaves a row that says `sending`: nobody can ask whether the mail arrived. After
`PATIENCE` the next run sends it again under the same Message-ID, and says so: who has it already knows it by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.alerts.channel import Letter
from dropmon.alerts.delivery import Delivery, Verdict, refused
from dropmon.errors import DropmonError, UsageError
from dropmon.flows import weekly
from dropmon.mailbox import mailbox
from dropmon.reports import mail as mails
from dropmon.reports import period as periods
from dropmon.reports.period import Period
from dropmon.reports.writer import Writer
from dropmon.storage.reports import SENT, Claim, ReportStore, Sent, reports_of
from dropmon.zone import wall

if TYPE_CHECKING:
    from datetime import tzinfo

    from dropmon.alerts.channel import Channel
    from dropmon.rules import Rules
    from dropmon.rules.sections.report import WeeklyReport

PATIENCE = 900.0  # seconds after which who began to send is taken for dead
NAME = "weekly"
HINT = "name one of type smtp or supabase-function in `report.weekly.channel`"


class Wanted(NamedTuple):
    """What is to be sent. `at` in seconds since 1970."""

    at: float
    week: str | None = None  # default: the last one that is over
    if_due: bool = False
    again: bool = False


class Done(NamedTuple):
    """What became of it."""

    lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()  # what to do about each problem
    again: bool = False  # whether another try may help
    code: int = 0
    idle: bool = False  # there was nothing to do
    period: str = ""  # which was mailed by this run, or tried


class Post(NamedTuple):
    """The way that reports go."""

    name: str
    channel: Channel
    sender: str
    to: tuple[str, ...]


def send(rules: Rules, place: str | None, wanted: Wanted, clock: Callable[[], float]) -> Done:
    """Sends the report to each of its recipients who has not got it. Raises DropmonError, UsageError, StorageError."""
    from dropmon.storage import open_for

    said = weekly.weekly(rules)
    if said is None:
        raise UsageError("the rules do not say to whom a weekly report goes", "fill in `report: weekly:`")
    with open_for(rules, place) as store:
        known = reports_of(store)
        period = due(rules, said, wanted, known) if wanted.if_due else week(rules, wanted)
        if isinstance(period, str):
            return Done((period,), idle=True)
        if period.end > wanted.at:
            raise UsageError(
                f"{period.name} is not over", "a week is mailed when it is; leave --send out to look at it"
            )
        post = posting(rules, said)
        found = [*delivered(rules, place, known, post, period, wanted, clock)]
        others = {known_as(to) for to in post.to} - {row.recipients.casefold() for row, _, _ in found}
        rest = [row for row in known.rows(NAME) if row.period == period.name and row.recipients.casefold() in others]
        if not found:
            return settled(rest, weekly.zone(rules))
        done, begun = told(period, found), settled([row for row in rest if row.state != SENT], weekly.zone(rules))
        return done._replace(lines=done.lines + begun.lines, code=max(done.code, begun.code), period=period.name)


def delivered(
    rules: Rules, place: str | None, known: ReportStore, post: Post, period: Period, wanted: Wanted,
    clock: Callable[[], float],
) -> Iterator[tuple[Sent, Claim, Delivery]]:  # fmt: skip
    """Sends it to each recipient who has not got it, one after the other; it is made when the first is there.

    Where nobody answers, nobody else is tried: each would take as long.
    """
    writer: Writer | None = None
    silence: Delivery | None = None
    for to in post.to:
        row, claim = claimed(known, post, period, to, wanted, clock())
        if claim.won and silence:
            released(known, row, claim)
            yield row, claim, silence
        elif claim.won:
            try:
                writer = writer or Writer(weekly.report(rules, place, period, wanted.at), weekly.language(rules))
                sent = laid_out(writer, post, row)
            except BaseException:
                known.release(row, claim.row)
                raise
            found = deliver(known, post, (row, claim), sent, clock)
            silence = None if found.reached else found
            yield row, claim, found


def week(rules: Rules, wanted: Wanted) -> Period:
    """The week that is asked for."""
    zone = weekly.zone(rules)
    return periods.named(NAME, wanted.week, zone) if wanted.week else periods.before(NAME, wanted.at, zone)


def due(rules: Rules, said: WeeklyReport, wanted: Wanted, known: ReportStore) -> Period | str:
    """The week that is due: late, when the machine was off at its time; or why there is none."""
    zone = weekly.zone(rules)
    when = periods.due(wanted.at, said.at.weekday, said.at.at, zone)
    period = periods.before(NAME, when, zone)
    first = known.first()
    if first is None or first >= period.end:  # what was not installed then owes nothing
        return f"nothing is due: nothing is known of {period.name}"
    return period


def posting(rules: Rules, said: WeeklyReport) -> Post:
    """The channel that mails go through, as it is ready to send. Raises DropmonError."""
    from dropmon.rules.sections.channels import given

    found = given(rules).get(said.channel)
    if found is None or found.channel is None:
        problem = found.problem if found else None
        why = problem.what if problem else "there is no such channel"
        raise DropmonError(f"the report cannot be sent by {said.channel}: {why}", problem.hint if problem else HINT)
    channel: Any = found.channel
    if channel.type not in MAILS:
        raise UsageError(f"{said.channel} is of type {channel.type}, which sends no mail", HINT)
    sender = getattr(channel, "from_", None) or rules.platform.contact or "dropmon@dropmon.invalid"
    once: dict[str, str] = {}
    for to in said.to:
        once.setdefault(known_as(to), to)
    return Post(said.channel, channel, sender, tuple(once.values()))


def known_as(to: str) -> str:
    """A recipient, however their address is cased."""
    return mailbox(to).address.casefold()


def claimed(
    known: ReportStore, post: Post, period: Period, to: str, wanted: Wanted, now: float
) -> tuple[Sent, Claim]:  # fmt: skip
    """Our row for a recipient, and whether it is ours; one that was left half-way keeps its Message-ID."""
    turn = f"{now:.3f}" if wanted.again else ""
    message = mails.message_id(NAME, period.name, post.to, post.sender, turn)
    row = Sent(NAME, period.name, mailbox(to).address, "", now, message)
    claim = known.claim(row, PATIENCE, wanted.again)
    if claim.won and claim.row and claim.row.state != SENT and not wanted.again:
        return row._replace(message=claim.row.message), claim
    return row, claim


def deliver(
    known: ReportStore, post: Post, claimed: tuple[Sent, Claim], sent: Letter | Delivery, clock: Callable[[], float]
) -> Delivery:  # fmt: skip
    """Sends it to one recipient, and keeps what became of it."""
    row, claim = claimed
    found = sent if isinstance(sent, Delivery) else post.channel.send(sent, clock())
    if found.ok:
        known.settle(row, clock())
    elif found.verdict is not Verdict.UNKNOWN:
        released(known, row, claim)
    return found


def released(known: ReportStore, row: Sent, claim: Claim) -> None:
    """It did not arrive; what was known before is known again."""
    known.release(row, claim.row if claim.row and claim.row.state == SENT else None)


def laid_out(writer: Writer, post: Post, row: Sent) -> Letter | Delivery:
    """The mail, or why there can be none for this recipient: the others get theirs."""
    try:
        return letter(writer, post, row)
    except ValueError as error:  # of what a mail cannot hold
        return refused(f"the mail cannot be laid out: {error}")


def letter(writer: Writer, post: Post, row: Sent) -> Letter:
    """The mail as its channel sends it."""
    return MAILS[post.channel.type](writer, post, row)  # type: ignore[attr-defined]


def _smtp(writer: Writer, post: Post, row: Sent) -> Letter:
    return Letter(row.recipients, mails.mail(writer, post.sender, post.to, row.message))


def _function(writer: Writer, post: Post, row: Sent) -> Letter:
    from dropmon.reports.html import document

    told = {"subject": mails.subject(writer), "body": mails.plain(writer), "html": document(writer)}
    request = post.channel.request({"to": row.recipients, **told}, f"{row.message}.{row.recipients}")  # type: ignore[attr-defined]
    return Letter(row.recipients, request)


MAILS: dict[str, Callable[[Writer, Post, Sent], Letter]] = {
    "smtp": _smtp, "email": _smtp, "supabase-function": _function
}  # fmt: skip


def settled(rows: Sequence[Sent], zone: tzinfo) -> Done:
    """What is known of the others: it was sent to them, or is being sent and perhaps has to be sent again."""
    open_ = any(row.state != SENT for row in rows)
    lines = (
        f"{row.period} was sent to {row.recipients} at {wall(row.at, zone)}; --resend sends it again"
        if row.state == SENT
        else f"{row.period} is being sent to {row.recipients} since {wall(row.at, zone)}; if that does not end, a run"
        f" after {wall(row.at + PATIENCE, zone)} sends it, and --resend at once"
        for row in rows
    )
    return Done(tuple(lines), code=int(open_), idle=not open_)


def told(period: Period, found: Iterable[tuple[Sent, Claim, Delivery]]) -> Done:
    """What became of all of them, in words."""
    lines, problems, hints, code, again = [], [], [], 0, False
    for row, claim, end in found:
        left = claim.row and claim.row.state != SENT and claim.row.message == row.message
        refused = end.verdict is Verdict.REFUSED
        doubt = " again: a run that began it never ended, and it may arrive twice, under one Message-ID" if left else ""
        if end.ok:
            lines.append(f"{period.name} sent to {row.recipients}{doubt}")
        elif end.verdict is Verdict.UNKNOWN:
            wait = f"a run in {PATIENCE / 60:.0f} minutes sends it again, under the same Message-ID"
            problems.append(f"{period.name} to {row.recipients} may have arrived: {end.why}; {wait}")
            hints.append("ask whether it is there: who lacks it gets it at once with --resend")
        else:
            problems.append(f"{period.name} was not sent to {row.recipients}: {end.why}")
            hints.append("mend that, and run it again" if refused else "run it again: who has got it is left out")
        code = max(code, 0 if end.ok else 2 if refused else 1)
        again |= not end.ok and not refused
    return Done(tuple(lines), tuple(problems), tuple(hints), again, code)
