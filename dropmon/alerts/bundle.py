"""Several messages of one channel told as one: when it may say no more, and after it could say nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dropmon.alerts.message import LATE
from dropmon.alerts.notification import Alert, Notification, Phase

Rate = tuple[Fraction, float]


def wait(limit: Rate | None, times: Sequence[float], at: float) -> float:
    """Seconds until a channel may say something again that said something at these times, oldest first.

    >>> wait((Fraction(2), 60.0), [0.0, 50.0], 55.0), wait((Fraction(2), 60.0), [50.0], 55.0)
    (5.0, 0.0)
    """
    if limit is None:
        return 0.0
    most, seconds = max(1, int(limit[0])), limit[1]
    recent = [time for time in times if at - seconds < time <= at]
    return recent[-most] + seconds - at if len(recent) >= most else 0.0


def scarce(limit: Rate | None, times: Sequence[float], waiting: int, at: float) -> bool:
    """Whether so many messages are more than a channel may send now.

    >>> scarce((Fraction(3), 60.0), [50.0], 3, 55.0), scarce((Fraction(3), 60.0), [50.0], 2, 55.0)
    (True, False)
    """
    if limit is None:
        return False
    return sum(at - limit[1] < time <= at for time in times) + waiting > max(1, int(limit[0]))


def old(notification: Notification, at: float) -> bool:
    """Whether it waited for so long that what came after it may be told with it."""
    return at - notification.at >= LATE


def news(late: Notification, since: Sequence[Notification]) -> Notification | None:
    """What is left of a message that others have overtaken: nothing of an alert of which they told something newer."""
    told = {alert.key for each in since for alert in each.alerts}
    left = tuple(alert for alert in late.alerts if alert.key not in told)
    return late._replace(alerts=left) if left else None


def _since(before: Alert | None, now: Alert) -> Alert:
    """An alert as it stands now, with what else is over by then."""
    if before is None or now.phase is Phase.UNKNOWN:
        return now
    return now._replace(
        back=before.back if now.back is None else now.back, was=before.was if now.was is None else now.was
    )


def joined(first: Notification, others: Sequence[Notification]) -> Notification:
    """All as one, under the id of the first. Of an alert that is told twice only how it stands now."""
    latest: dict[str, Alert] = {}
    for alert in (alert for each in (first, *others) for alert in each.alerts):
        latest[alert.key] = _since(latest.get(alert.key), alert)
    worst = sorted(latest.values(), key=lambda alert: (alert.phase is Phase.RESOLVED, -alert.severity))
    reasons = {each.reason for each in (first, *others)}
    reason = first.reason if len(reasons) == 1 else others[-1].reason
    return first._replace(alerts=tuple(worst), reason=reason)
