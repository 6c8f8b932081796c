"""What is sent of an incident: to whom, under which id, in which words, with the command to type. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dropmon.alerts.message import Voice
from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.incidents.incident import Incident, State
from dropmon.incidents.policy import Asked, Level, Obligation
from dropmon.incidents.words import COMMANDS, WORDS

SEVERITIES = {Level.CRITICAL: Severity.CRITICAL, Level.MAJOR: Severity.HIGH, Level.MINOR: Severity.MEDIUM}
ONCALL = "oncall"


class Call(NamedTuple):
    """One thing to be said of an incident."""

    name: str  # the same for the same thing: "open", "escalate-1"
    text: str
    reason: Reason = Reason.REPEAT
    channels: tuple[str, ...] = ()
    known: tuple[str, ...] = ()  # channels that were told of the incident before: only these are reminded


class Speaker(NamedTuple):
    """How this platform speaks."""

    platform: str = ""
    voice: Voice = Voice()
    roster: bool = True  # there is somebody on call

    def say(self, word: str, **parts: object) -> str:
        return WORDS[self.voice.language][word].format(**parts)


def notifications(incident: Incident, call: Call, at: float, speaker: Speaker) -> list[Notification]:
    """One message for each channel of a call; what was told once keeps its id."""
    about = alert(incident, call, speaker)
    return [
        Notification(f"incident-{incident.number}-{call.name}-{channel}", channel, reason(call, channel), (about,), at,
                     speaker.platform)
        for channel in dict.fromkeys(call.channels)
    ]  # fmt: skip


def reason(call: Call, channel: str) -> Reason:
    """Why a channel is told: nobody is reminded of what they have never heard."""
    return Reason.FIRST if call.reason is Reason.REPEAT and channel not in call.known else call.reason


def alert(incident: Incident, call: Call, speaker: Speaker) -> Alert:
    """The alert that stands for an incident. That of its post-mortem is another: the incident itself is over."""
    over = call.reason is Reason.RESOLVED
    late = call.name.startswith(Asked.POSTMORTEM) or call.name.startswith("written")
    return Alert(
        rule=f"incident-{incident.number}" + ("-postmortem" if late else ""),
        name=speaker.say("title", number=incident.number, title=incident.title),
        severity=Severity.LOW if late else SEVERITIES[incident.level],
        phase=Phase.RESOLVED if over else Phase.FIRING,
        since=incident.opened,
        ended=incident.changed if over else None,
        description=call.text,
        runbook=incident.runbook or None,
        commands=commands(incident),
    )


def commands(incident: Incident) -> tuple[str, ...]:
    """What to type: to take it, or to take it over."""
    number = incident.number
    if incident.state is State.TRIGGERED:
        return (f"dropmon incident ack {number}",)
    if incident.state is State.ACKNOWLEDGED:
        return (f"dropmon incident show {number}", f"dropmon incident ack {number} --take")
    return (f"dropmon incident show {number}",)


def opening(incident: Incident, but: Iterable[str], speaker: Speaker) -> Call:
    """That it is open, to all but those who were told by its alert."""
    first = next((each for each in incident.asked if each.kind is Asked.ACKNOWLEDGE and each.pending), None)
    wanted = speaker.say("by", due=speaker.voice.time(first.due)) if first else ""
    text = f"{speaker.say('open', level=speaker.say(incident.level))} {wanted}".strip()
    return Call("open", text, Reason.FIRST, tuple(name for name in incident.policy.notify if name not in {*but}))


def raising(incident: Incident, speaker: Speaker) -> Call:
    """That it became worse, to all of the new level."""
    text = speaker.say("raised", level=speaker.say(incident.level))
    return Call(f"severity.{incident.round}", f"{text} {holder(incident, speaker)}", Reason.ESCALATED,
                incident.policy.notify)  # fmt: skip


def returning(incident: Incident, but: Iterable[str], speaker: Speaker) -> Call:
    """That it is back."""
    channels = dict.fromkeys(name for name in (*incident.policy.notify, *incident.told) if name not in {*but})
    return Call(f"reopened.{incident.round}", speaker.say("reopened"), Reason.FIRST, tuple(channels))


def ticket(incident: Incident, speaker: Speaker) -> Call:
    """The ticket that it becomes."""
    due = next((each.due for each in incident.asked if each.kind is Asked.CLOSE and each.pending), None)
    text = speaker.say("ticket", due=speaker.voice.time(due)) if due else speaker.say("no_due")
    return Call("ticket", text, Reason.FIRST, (incident.policy.ticket,))


def over(incident: Incident, speaker: Speaker) -> Call:
    """That it is over, to all who know of it."""
    who = incident.resolver
    text = speaker.say("resolved_by", who=who) if who else speaker.say("resolved")
    return Call(f"resolved.{incident.round}", text, Reason.RESOLVED, incident.told)


def merged(incident: Incident, speaker: Speaker) -> Call:
    """That another incident stands for it, to all who know of it."""
    return Call("merged", speaker.say("merged", into=incident.merged), Reason.RESOLVED, incident.told)


def written(incident: Incident, told: Sequence[str], speaker: Speaker) -> Call:
    """That nobody needs to be reminded of the post-mortem any more."""
    return Call(f"written.{incident.round}", speaker.say("written"), Reason.RESOLVED, tuple(told))


def overdue(incident: Incident, one: Obligation, speaker: Speaker) -> Call:
    """What is asked now, of whom."""
    command = COMMANDS.get(one.kind.value, "").format(number=incident.number)
    parts = {"due": speaker.voice.time(one.due), "command": command, "holder": holder(incident, speaker)}
    promised = one.kind is not Asked.UPDATE or one.due == incident.update_at  # else only the level asks for it
    word = one.kind.value if promised else Asked.COMMUNICATE.value
    text = speaker.say(word, **parts, target=target(one.target, speaker))
    why = Reason.ESCALATED if one.kind is Asked.ESCALATE else Reason.REPEAT
    return Call(one.name, text, why, called(incident, one, speaker), incident.told)


def called(incident: Incident, one: Obligation, speaker: Speaker) -> tuple[str, ...]:
    """Whom an overdue obligation calls: that nobody has taken it calls the second in line as well."""
    notify = incident.policy.notify
    if one.kind is Asked.ESCALATE:
        return (f"{ONCALL}.{one.target}",) if speaker.roster else notify
    if one.kind is Asked.ACKNOWLEDGE and speaker.roster and ONCALL in notify:
        return (*notify, f"{ONCALL}.backup")
    return notify


def handed(incident: Incident, name: str, who: str, by: str, speaker: Speaker) -> Call:
    """That somebody calls the next in line by hand."""
    text = speaker.say("escalated", target=target(who, speaker), who=by, holder=holder(incident, speaker))
    channels = (f"{ONCALL}.{who}",) if speaker.roster else incident.policy.notify
    return Call(name, text, Reason.ESCALATED, channels)


def target(name: str, speaker: Speaker) -> str:
    return speaker.say(name) if name in {"backup", "everyone"} else name


def holder(incident: Incident, speaker: Speaker) -> str:
    return speaker.say("has_it", who=incident.holder) if incident.holder else speaker.say("nobody")
