"""A report in words: the voice in which its tables, its mail and its headline speak. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from dropmon.model import Status
from dropmon.reports.comparison import Change, Unit
from dropmon.reports.numbers import ALIKE, NONE, changed, lasting, local, percent, shown
from dropmon.reports.report import Figure, Report
from dropmon.reports.words import WORDS
from dropmon.units import human_duration


class Writer(NamedTuple):
    """Speaks one language, by one clock."""

    report: Report
    language: str = "en"
    kind: str = ""  # slo: it is about promises alone; default: as long as its period

    def say(self, key: str, **values: object) -> str:
        text = WORDS[self.language].get(key, key)
        return text.format(**values) if values else text

    def number(self, value: float | None, unit: Unit = Unit.COUNT) -> str:
        return shown(value, unit, self.language)

    def figure(self, figure: Figure) -> str:
        """A number of the period, and how many incidents from before were open in it."""
        told = self.number(figure.now.value, figure.unit)
        return f"{told} ({self.earlier})" if figure.key == "incidents" and self.earlier else told

    @property
    def earlier(self) -> str:
        """How many incidents from before were open, and how many of them are not over; '' without any."""
        count, still = self.report.from_before, self.report.still_open
        left = self.say("still_open", count=still) if still else self.say("none_open")
        return f"{self.say('from_before', count=count)}, {left}" if count else ""

    def share(self, ratio: float | None, digits: int = 2) -> str:
        return NONE[self.language] if ratio is None else percent(ratio, self.language, digits)

    def time(self, seconds: float | None) -> str:
        """A duration; '-' where there is nothing to measure."""
        return "-" if seconds is None else lasting(human_duration(seconds), self.language)

    def day(self, day: date, form: str = "date") -> str:
        return day.strftime(self.say(form)).replace("WEEKDAY", self.say("weekdays").split()[day.weekday()])

    def moment(self, at: float) -> str:
        return datetime.fromtimestamp(at, UTC).astimezone(self.report.period.zone).strftime(self.say("moment"))

    def state(self, state: str) -> str:
        """A source's word for how a deployment ended, in ours where we have one."""
        return WORDS[self.language].get(f"state.{state}", state)

    def change(self, figure: Figure, found: Change) -> str:
        """A change with the word that says whether it is good: a colour alone says nothing."""
        said, word = changed(found, figure.unit, self.language), figure.verdict(found)
        return f"{said} {self.say(word)}" if word and said != ALIKE else said

    @property
    def title(self) -> str:
        name = self.say(self.kind or self.report.period.kind, name=self.report.period.name)
        return self.say("titled", platform=self.report.platform, name=name) if self.report.platform else name

    @property
    def span(self) -> str:
        period = self.report.period
        form = "span" if period.kind == "weekly" else "day"
        told = self.say(form, first=self.day(period.first), last=self.day(period.last))
        return told if self.report.made >= period.end else f"{told} ({self.say('so_far')})"

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        if self.kind == "slo":
            return self._promises()
        if not self.report.known:
            return self.say("nothing")
        uptime = self.report.figure("uptime").now.value
        keys = "errors", "incidents", "deployments"
        numbers = {key: self.figure(self.report.figure(key)) for key in keys}
        said = self.say("headline" if uptime is not None else "unprobed", uptime=self.share(uptime), **numbers)
        return f"{said}; {self._promises()}" if uptime is None and self.report.promises else said

    def _promises(self) -> str:
        if self.report.promises is None:
            return self.say("no_slos")
        states = [each.status for each in self.report.promises]
        told = (f"{self.say(state)} {states.count(state)}" for state in dict.fromkeys(states))
        return self.say("slo_headline", count=len(states), states=", ".join(told))

    def target(self, target: str) -> str:
        """What was promised, such as 99,9 %.

        >>> Writer(None, "fr").target("> 99.5%")
        '> 99,5 %'
        """
        return local(target.replace("%", " %"), self.language)

    @property
    def status(self) -> Status:
        """Critical where a promise was broken, a warning where one is at risk or something broke."""
        report = self.report
        states = {each.status for each in report.promises or ()}
        if "BREACHED" in states or any(each.level == "critical" for each in report.troubles):
            return Status.CRITICAL
        if not report.known:
            return Status.UNKNOWN
        return Status.WARNING if "AT_RISK" in states or report.troubles or report.missing else Status.OK
