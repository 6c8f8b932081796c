"""Web vitals as an answer: the verdict first, the worst on top, where each number comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from dropmon import output
from dropmon.model import Status, moment
from dropmon.output import Column, Row, Table
from dropmon.units import human_duration
from dropmon.vitals.figure import Figure, Page, Passing
from dropmon.vitals.vital import CORE, VITALS, Rating

if TYPE_CHECKING:
    from datetime import tzinfo


WORST_FIRST = (Passing.FAILS, Passing.UNKNOWN, Passing.PASSES)


class Answer(NamedTuple):
    """The pages that were asked about. Times in seconds since 1970."""

    pages: Sequence[Page]
    at: float
    took: float | None = None  # seconds; None when nothing was measured just now
    zone: tzinfo | None = None
    nothing: str = "no web vital is known: nobody has told one yet"
    hint: str = "dropmon source collect asks others; dropmon check web --vitals measures here"

    @property
    def status(self) -> Status:
        return Status.worst(page.status(self.took is not None) for page in self.pages)


def table(answer: Answer) -> Table:
    """All pages in one table, those that are worst off first: for programs, and for one page."""
    pages = ordered(answer)
    several = len(pages) > 1
    return Table(
        name="vitals",
        columns=tuple(each._replace(human=several) if each.key == "name" else each for each in COLUMNS),
        rows=[row(page, each) for page in pages for each in page.all()],
        headline=headline(answer),
        status=answer.status,
        notes=() if pages else (f"→ {answer.hint}",),
        facts={"at": moment(answer.at), "status": answer.status.value,
               "passing": {page.name: page.passing.value for page in pages}},
    )  # fmt: skip


def apart(answer: Answer) -> output.Page:
    """Each page in a table of its own: for people, when there are several."""
    tables = {page.name or "all pages": of_page(page, answer) for page in ordered(answer)}
    return output.Page("vitals", "Web vitals", headline(answer), answer.status, tables)


def of_page(page: Page, answer: Answer) -> Table:
    columns = tuple(each for each in COLUMNS if each.key != "name")
    status = page.status(answer.took is not None)
    return Table("vitals", columns, [row(page, each) for each in page.all()], verdict(page), status)


def ordered(answer: Answer) -> list[Page]:
    return sorted(answer.pages, key=lambda page: -page.status(answer.took is not None).badness)


def headline(answer: Answer) -> str:
    """The verdict in one line: do they pass Core Web Vitals?"""
    clock = f"{datetime.fromtimestamp(answer.at, answer.zone):%H:%M:%S}"
    took = "" if answer.took is None else f", in {human_duration(answer.took)}"
    return f"{answer.status.symbol} {answer.status.name}  {said(answer)}  ({clock}{took})"


def said(answer: Answer) -> str:
    if not answer.pages:
        return answer.nothing
    if len(answer.pages) == 1:
        return f"{answer.pages[0].name or 'all pages'} {verdict(answer.pages[0])}"
    counts = Counter(page.passing for page in answer.pages)
    words = ", ".join(f"{counts[each]} {each.value}" for each in WORST_FIRST if counts[each])
    return f"Core Web Vitals of {len(answer.pages)} pages: {words}"


def verdict(page: Page) -> str:
    """Whether a page passes, with what is not good, or not known."""
    wrong = not_good(page)
    if page.passing is Passing.FAILS:
        return f"fails Core Web Vitals: {wrong}"
    if page.passing is Passing.PASSES:
        return "passes Core Web Vitals" + (f", but {wrong}" if wrong else "")
    return f"is not known to pass Core Web Vitals: {lacking(page)}" + (f"; {wrong}" if wrong else "")


def lacking(page: Page) -> str:
    """What is not known, on which kind of device."""

    def no(names: Iterable[str]) -> str:
        return f"no {', '.join(VITALS[name].label for name in names)}"

    if page.lacking:
        return "; ".join(no(names) + f" on {device or 'all devices'}" for device, names in page.lacking.items())
    told = {each.vital for each in page.figures if each.value is not None}
    return no(name for name in CORE if name not in told) if set(CORE) - told else "of no visitor"


def not_good(page: Page) -> str:
    """The worst that is told of each vital that is not good, in the usual order."""
    worst: dict[str, Rating] = {}
    for each in reversed(page.all()):
        if rated := page.rated(each):
            worst[each.vital] = rated
    bad = [name for name in VITALS if worst.get(name, Rating.GOOD) is not Rating.GOOD]
    return ", ".join(f"{VITALS[name].label} {worst[name].value}" for name in bad)


def row(page: Page, figure: Figure) -> Row:
    """One figure with its raw values; what starts with '_' is for the cells only."""
    vital, rating = VITALS.get(figure.vital), page.rated(figure)
    good, poor = page.limits.get(figure.vital, (None, None))
    return {
        "name": page.name,
        "vital": figure.vital or None,
        "title": vital.title if vital else None,
        "status": page.status_of(figure).value,
        "rating": rating.value if rating else None,
        "p75": figure.value,
        "unit": vital.unit if vital else None,
        "good_up_to": good,
        "poor_beyond": poor,
        "samples": figure.visits,
        "source": figure.source or None,
        "form_factor": figure.form_factor or None,
        "navigation": figure.navigation or None,
        "project": figure.project or None,
        "page": figure.page or None,
        "at": None if figure.at is None else moment(figure.at),
        "error": figure.error or None,
        "hint": figure.hint or None,
    }


def _vital(row: Row) -> str:
    return VITALS[str(row["vital"])].label if row["vital"] else "all"


def _rating(row: Row) -> str:
    return f"{Status(str(row['status'])).symbol} {row['rating'] or 'no data'}"


def amount(value: object, unit: object) -> str:
    """
    >>> amount(2.198, "seconds"), amount(0.0412, "ratio"), amount(None, "seconds")
    ('2.2 s', '0.041', '')
    """
    if not isinstance(value, float):
        return ""
    return f"{round(value, 3):g}" if unit == "ratio" else human_duration(value)


def _source(row: Row) -> str:
    how = {"navigate": "", "back-forward-cache": "bfcache"}.get(str(row["navigation"]), row["navigation"])
    whole = row["source"] in {"crux", "pagespeed"} and str(row["page"]).count("/") == 2
    parts = (row["source"], row["project"], row["form_factor"], how, "origin" if whole else "")
    return " ".join(str(part) for part in parts if part)


COLUMNS = (
    Column("name", "page"),
    Column("vital", "vital", _vital),
    Column("title", "title", human=False),
    Column("status", "rating", _rating),
    Column("rating", "rating", human=False),
    Column("p75", "p75", lambda row: amount(row["p75"], row["unit"]), right=True),
    Column("unit", "unit", human=False),
    Column("good_up_to", "good ≤", lambda row: amount(row["good_up_to"], row["unit"]), right=True),
    Column("poor_beyond", "poor >", lambda row: amount(row["poor_beyond"], row["unit"]), right=True),
    Column("samples", "samples", right=True),
    Column("source", "from", _source),
    Column("form_factor", "device", human=False),
    Column("navigation", "navigation", human=False),
    Column("project", "project", human=False),
    Column("page", "address", human=False),
    Column("at", "at", human=False),
    Column(
        "error", "what is wrong", lambda row: "" if row["error"] == "no data" else str(row["error"] or ""), detail=True
    ),
    Column("hint", "what to do", detail=True, mark="→ "),
)
