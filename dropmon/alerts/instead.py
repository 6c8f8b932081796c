"""Who is told in the place of a channel that fails: its fallback, or else whoever still listens. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from dropmon.alerts.channel import Given
from dropmon.alerts.notification import Notification, Phase, Reason


def instead(
    told: Notification, why: str, channels: Mapping[str, Given], heard: Iterable[Notification], failing: Collection[str]
) -> Notification | None:
    """The message as another channel tells it; None when there is none, or need be.

    `heard` is what channels were told at the same moment, `failing` are channels that are best left alone.
    """
    given = channels.get(told.channel)
    if name := fallback(given, channels):
        own = {alert.key for each in heard if each.channel == name for alert in each.alerts}
        new = tuple(one for one in told.alerts if one.phase is not Phase.RESOLVED or one.key not in own)
        return _said(told._replace(alerts=new), name, why) if new or not told.alerts else None
    known = {alert.key for each in heard for alert in each.alerts}
    lasting = bool(given and given.channel and given.channel.lasting)  # somebody has to close it by hand
    left = told._replace(
        alerts=tuple(one for one in told.alerts if (lasting if one.phase is Phase.RESOLVED else one.key not in known))
    )
    if told.reason is Reason.TEST or not left.alerts:
        return None
    name = next(_listeners(left, channels, failing), None)
    return _said(left, name, why) if name else None


def fallback(given: Given | None, channels: Mapping[str, Given]) -> str | None:
    """The first of a channel's fallbacks, and of theirs, that can be used: one that cannot would only wait.

    >>> from dropmon.alerts.channel import Channel
    >>> one, two, three = Given("one", fallback="two"), Given("two", fallback="three"), Given("three", Channel())
    >>> known = {each.name: each for each in (one, two, three)}
    >>> fallback(one, known), fallback(three, known)
    ('three', None)
    """
    passed: set[str] = set()
    while given and given.fallback in channels and given.fallback not in passed:
        passed.add(name := given.fallback or "")
        given = channels[name]
        if given.channel:
            return name
    return None


def _listeners(told: Notification, channels: Mapping[str, Given], failing: Collection[str]) -> Iterator[str]:
    """The channels that take it, those that work first; none that was asked before, and no people: they have shifts."""
    asked = {told.channel, told.fallback_of, *told.id.split(".")[1:]}
    for name in sorted(channels, key=lambda name: name in failing):
        one = channels[name].channel
        if one and name not in asked and not one.apart and one.takes(told):
            yield name


def _said(told: Notification, name: str, why: str) -> Notification:
    reason = told.reason if told.reason is Reason.TEST else Reason.DELIVERY
    return told._replace(
        id=f"{told.id}.{name}", channel=name, reason=reason, fallback_of=told.channel, failure=why[:300]
    )
