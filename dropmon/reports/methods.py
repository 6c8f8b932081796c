"""How each number of a report was counted, in words: no percentage without its method. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dropmon.reports.writer import Writer


def methods(writer: Writer, only: tuple[str, ...] = ()) -> Iterator[str]:
    """One sentence or two for each number that stands in the report."""
    if only == ("slos",):
        yield writer.say("m.slo")
        return
    report = writer.report
    probes = report.figure("uptime").now.samples or 0
    if probes:
        told = writer.say("m.excluded" if report.facts.get("excluding") else "m.counted")
        count = writer.number(float(probes))
        yield writer.say("m.uptime", probes=count, checks=len(report.checks), maintenance=told)
    if report.coverage is not None:
        yield writer.say("m.coverage", share=writer.share(report.coverage, 1))
    if probes:
        yield writer.say("m.mean")
        yield writer.say("m.p95", hourly=writer.say("m.hourly") if report.facts.get("hourly") else "")
    errors, content = report.figure("errors"), report.figure("satisfaction")
    if errors.now.value is not None:
        yield writer.say(f"m.errors.{errors.method}")
    seconds = content.about.get("seconds")
    known = (
        {"satisfied": writer.time(seconds), "tolerated": writer.time(4 * seconds)}
        if isinstance(seconds, float)
        else {"name": content.about.get("name", "")}
    )
    if content.now.value is not None or content.method == "metric":
        yield writer.say(f"m.satisfaction.{content.method}", **known)
    yield writer.say("m.change")
    yield writer.say("m.incidents")
    for wanted, key in ((report.promises, "m.slo"), (report.databases, "m.databases"), (report.duties, "m.oncall")):
        if wanted:
            yield writer.say(key)
