"""One table, every format: and nothing from outside does harm in any of them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dropmon import output, secrets
from dropmon.model import Status
from dropmon.output import Column, Format, Table

EVIL = "x\x1b[31m\x1b]0;title\x07\x9b2J[red]|<b>\u202e`\r\nevil"
COLUMNS = (
    Column("name", "name"),
    Column("status", "status"),
    Column("took", "took", lambda row: f"{row['took']} ms", right=True),
    Column("error", "what is wrong", detail=True),
    Column("hint", "what to do", detail=True, mark="→ "),
)


def table(**cells: object) -> Table:
    row = {"name": "Shopify", "status": "critical", "took": 52.5, "error": "HTTP 401", "hint": "renew it", **cells}
    return Table("checks", COLUMNS, [row], "✖ CRITICAL", Status.CRITICAL, facts={"status": "critical"})


def screen(shown: Table, width: int, colour: bool = True) -> str:
    console = Console(
        width=width, file=io.StringIO(), force_terminal=colour, markup=False, emoji=False, highlight=False
    )
    output.screen(shown, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_is_wrong_stands_under_its_row_on_a_narrow_screen_and_beside_it_on_a_wide_one() -> None:
    narrow, wide = screen(table(), 80, colour=False), screen(table(), 160)

    assert [line.rstrip() for line in narrow.splitlines()] == [
        "✖ CRITICAL",
        "",
        "NAME     STATUS       TOOK",
        "Shopify  critical  52.5 ms",
        "    HTTP 401",
        "    → renew it",
    ]
    assert any("Shopify" in line and "renew it" in line for line in wide.splitlines())


def test_numbers_and_headings_are_never_cut_short() -> None:
    columns = (
        Column("name", "name"),
        Column("who", "application"),
        *(Column(key, "sessions", right=True) for key in ("a", "b", "c")),
        Column("id", "id", whole=True),
    )
    row = {"name": "n" * 70, "who": "w" * 70, "a": "1,234,567", "b": 123456789, "c": 3, "id": "-6215348912345678901"}
    for width in range(30, 130):
        shown = screen(Table("rows", columns, [row]), width, colour=False)
        assert all(len(line) <= width for line in shown.splitlines())
        assert all(str(row[key]) in shown for key in ("a", "b", "c", "id"))
        assert "APPLICATION" in shown or "application w" in shown


def test_a_row_that_is_not_well_has_a_symbol_where_no_column_tells_its_status() -> None:
    columns = Column("name", "name"), Column("status", "status", human=False)
    rows = [{"name": "a", "status": "ok"}, {"name": "b", "status": "warning"}, {"name": "c", "status": "unknown"}]
    shown = Table("rows", columns, rows)

    assert [line.split() for line in screen(shown, 80, colour=False).splitlines()[2:]] == [
        ["a"],
        ["▲", "b"],
        ["?", "c"],
    ]
    assert "▲   b" in "".join(output.plain(shown))
    assert "▲" not in "".join(output.plain(shown._replace(rows=rows[:1])))
    assert json.loads("".join(output.as_json(shown)))["rows"] == rows


def test_raw_values_stay_raw_in_json_and_csv() -> None:
    parsed = json.loads("".join(output.as_json(table())))
    rows = list(csv.DictReader(io.StringIO("".join(output.as_csv(table())))))

    assert parsed["status"] == "critical"
    assert parsed["checks"][0]["took"] == 52.5
    assert rows[0]["took"] == "52.5"


def test_plain_text_is_one_line_a_row() -> None:
    lines = "".join(output.plain(table(error="two\nlines"))).splitlines()

    assert len(lines) == 3
    assert "two lines" in lines[2]


@pytest.mark.parametrize(
    "write",
    [output.plain, output.markdown, output.as_json, output.as_csv, output.as_html, lambda t: screen(t, 80)],
)
def test_nothing_from_outside_reaches_a_terminal_as_a_command(write: object) -> None:
    text = "".join(write(table(name=EVIL, error=EVIL)))  # type: ignore[operator]

    assert "\x1b]" not in text
    assert "\x07" not in text
    assert "\x9b" not in text
    assert "\u202e" not in text
    assert "0;title" not in text or "\\u001b" in text  # only as text, in JSON


def test_markup_of_others_is_text() -> None:
    assert "[red]" in screen(table(name="[red]x"), 80)
    assert "\\|" in "".join(output.markdown(table(name="a|b")))
    assert "\\<b\\>" in "".join(output.markdown(table(name="<b>")))


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1+1", "-1 -1", "-A1", "@SUM(A1)"])
def test_a_spreadsheet_runs_nothing(formula: str) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(output.as_csv(table(name=formula))))))

    assert rows[0]["name"] == "'" + formula


@pytest.mark.parametrize("number", ["-5302219844116290511", "-0.5", "-1e-07"])
def test_a_negative_number_is_no_formula(number: str) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(output.as_csv(table(name=number))))))

    assert rows[0]["name"] == number


@pytest.mark.parametrize("unknown", ["0", "", "00"])
def test_a_width_of_nothing_is_no_width(monkeypatch: pytest.MonkeyPatch, unknown: str) -> None:
    monkeypatch.setenv("COLUMNS", unknown)
    monkeypatch.setenv("LINES", unknown)
    console = output.terminal()

    assert console.width > 0
    assert console.height > 0


@given(st.text())
def test_any_text_becomes_one_harmless_line(text: str) -> None:
    cleaned = output.clean(text)

    assert "\n" not in cleaned
    assert all(ord(character) >= 0x20 and not 0x7F <= ord(character) <= 0x9F for character in cleaned)
    assert json.loads(output.json_text({"text": text}))["text"] == text


@given(st.text(min_size=secrets.SHORTEST))
def test_a_secret_does_not_pass_whatever_its_characters(secret: str) -> None:
    for said in (f"refused: {secret}!", json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        masked = secrets.mask(said, also=(secret,))
        assert secret not in masked.replace(secrets.MASK, "") or secret in secrets.MASK


def test_a_secret_is_masked_in_every_format() -> None:
    secrets.remember('planted "secret" value')
    for write in (output.plain, output.markdown, output.as_csv, output.as_html, lambda t: screen(t, 200)):
        assert "planted" not in "".join(write(table(error='it said planted "secret" value twice')))


def test_the_secret_of_json_is_masked_when_written(capsys: pytest.CaptureFixture[str]) -> None:
    secrets.remember('planted "other" value')
    output.print_table(table(error='it said planted "other" value'), Format.JSON)

    assert "planted" not in capsys.readouterr().out


def test_no_colour_when_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(width=80, file=io.StringIO(), force_terminal=True, markup=False)
    output.screen(table(), console)

    assert isinstance(console.file, io.StringIO)
    assert "\x1b[31" not in console.file.getvalue()
