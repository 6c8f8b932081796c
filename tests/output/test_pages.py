"""HTML, and pages of several tables: whole in themselves, and nothing from outside is obeyed."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser

import pytest
from rich.console import Console

from dropmon import output
from dropmon.errors import UsageError
from dropmon.model import Status
from dropmon.output import Column, Format, Page, Table

NASTY = 'ev"il\n\x1b[31m[bold red]<script>alert(1)</script>\x9b2J<img src=x onerror=alert(1)>'
COLUMNS = (
    Column("name", "name"),
    Column("size", "size", right=True),
    Column("status", "status", human=False),
    Column("hint", "what to do", detail=True, mark="→ "),
)
VOID = {"meta"}


def table(name: str = "orders", status: str = "warning", hint: str | None = "drop it") -> Table:
    row = {"name": name, "size": 7, "status": status, "hint": hint}
    return Table("rows", COLUMNS, [row], f"{name} is large", Status(status), ("a note",), {"report": "sizes"})


def page(*tables: Table) -> Page:
    named = {f"report-{number}": each for number, each in enumerate(tables or (table(),))}
    return Page("reports", "All", "▲ WARNING  one", Status.WARNING, named, ("the end",), {"at": "2026-11-23T07:32:07Z"})


class Reader(HTMLParser):
    """What a browser would make of it: tags with their attributes, and the text that is seen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open += [] if tag in VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


def html(shown: Table | Page) -> Reader:
    text = "".join(output.as_html(shown) if isinstance(shown, Table) else output.pages(shown, Format.HTML))
    reader = Reader(text)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("shown", [table(NASTY, hint=NASTY), page(table(NASTY, hint=NASTY))], ids=["table", "page"])
def test_html_loads_nothing_runs_nothing_and_shows_names_as_they_are(shown: Table | Page) -> None:
    read = html(shown)

    assert not {tag for tag, _ in read.tags} & {"script", "link", "img", "iframe", "object", "base", "form"}
    for tag, attributes in read.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "src"], tag
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in "".join(read.seen)
    assert "<script>alert(1)</script>" in "".join(read.seen)
    assert "\x1b" not in "".join(read.seen)


def test_a_browser_that_is_told_otherwise_still_runs_nothing() -> None:
    policies = [attributes["content"] for tag, attributes in html(table()).tags if "http-equiv" in attributes]

    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_html_says_the_verdict_first_and_no_colour_alone() -> None:
    seen = [text.strip() for text in html(table()._replace(headline="▲ WARNING  1 of 2")).seen if text.strip()]

    assert seen[0] == "▲ WARNING  1 of 2"  # the title of the window
    assert seen[2] == "▲ WARNING  1 of 2"
    assert "▲ warning" in seen


def test_a_page_folds_away_what_is_well_and_nothing_else() -> None:
    tags = html(page(table(), table("calm", "ok"), table("dark", "unknown"))).tags
    folds = [attributes for tag, attributes in tags if tag == "details"]

    assert [("open" in each) for each in folds] == [True, False, True]
    assert [each["href"] for tag, each in tags if tag == "a"] == [f"#{each['id']}" for each in folds]


def test_a_page_in_json_holds_each_table_as_it_stands_alone() -> None:
    tables = table(), table(NASTY, hint=None), table()._replace(rows=[])
    parsed = json.loads("".join(output.pages(page(*tables), Format.JSON)))

    assert parsed["at"] == "2026-11-23T07:32:07Z"
    assert list(parsed["reports"].values()) == [json.loads("".join(output.as_json(each))) for each in tables]


def test_a_page_of_nothing_is_one_in_every_format() -> None:
    nothing = page()._replace(tables={})

    assert json.loads("".join(output.pages(nothing, Format.JSON)))["reports"] == {}
    for form in (Format.PLAIN, Format.MARKDOWN, Format.HTML):
        assert "WARNING" in "".join(output.pages(nothing, form))


def test_a_page_on_a_screen_has_every_headline_and_ends_with_its_notes() -> None:
    console = Console(width=80, file=io.StringIO(), markup=False, emoji=False, highlight=False)
    output.page_screen(page(table(), table(NASTY)), console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()

    assert lines[0] == "▲ WARNING  one"
    assert "report-0  orders is large" in lines
    assert lines[-1].strip() == "the end"
    assert not [line for line in lines if "\x1b" in line]


def test_csv_is_no_page() -> None:
    with pytest.raises(UsageError):
        output.pages(page(), Format.CSV)
