"""A report as HTML that mail programs show: nested tables, style inline, bars as cells, nothing from elsewhere. Pure.

What Gmail, Outlook and Apple Mail leave out (caniemail.com): <style> on phones, flex, grid, SVG and data: pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from dropmon.model import Status
from dropmon.output.harmless import clean
from dropmon.output.table import Column, Row, Table, status_of
from dropmon.reports.report import Figure
from dropmon.reports.sections import BAR, counted, missing, tables
from dropmon.reports.writer import Writer

INK, FAINT, LINE, SHADE, GOOD, BAD = "#1b1f24", "#59636e", "#d5dae0", "#f4f6f8", "#176f2c", "#b3151f"
COLOURS = {Status.OK: GOOD, Status.WARNING: "#8a5a00", Status.CRITICAL: BAD, Status.UNKNOWN: "#7a2e9e"}
FONT = "font-family:Arial,Helvetica,sans-serif"
TABLE = '<table role="presentation" border="0" cellpadding="0" cellspacing="0"'
LONG = 12  # letters
MANY = 5  # columns: of more, a number and its unit are two lines on a phone
SLIVER = 2  # percent: how much of a bar the smallest part takes


def document(writer: Writer, only: tuple[str, ...] = ()) -> str:
    """The whole document, or some of its sections."""
    return "".join(_document(writer, only))


def _document(writer: Writer, only: tuple[str, ...]) -> Iterator[str]:
    yield (
        f'<!doctype html>\n<html lang="{writer.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{text(writer.title)}</title>\n'
        f'</head>\n<body style="margin:0;padding:0;background-color:{SHADE}">\n'
        f'{TABLE} width="100%" bgcolor="{SHADE}"><tr><td align="center" style="padding:12px 4px">\n'
        f'{TABLE} width="600" bgcolor="#ffffff" style="width:100%;max-width:600px;{FONT};color:{INK}">\n'
    )
    yield head(writer)
    if not only or "summary" in only:
        yield section(writer.say("summary"), tiles(writer))
    for key, table in tables(writer):
        if key != "summary" and (not only or key in only):
            yield section(writer.say(key), "".join(body(writer, table)))
    yield foot(writer, only)
    yield "</table>\n</td></tr></table>\n</body>\n</html>\n"


def head(writer: Writer) -> str:
    """What it is, of when, the verdict, and what is missing."""
    colour = COLOURS[writer.status]
    lacks = "".join(f'<p style="margin:8px 0 0;font-size:13px">{text(each)}</p>' for each in missing(writer))
    return (
        f'<tr><td bgcolor="{colour}" style="padding:16px 8px;color:#ffffff"><h1 style="margin:0;font-size:20px">'
        f'{text(writer.title)}</h1><p style="margin:4px 0 0;font-size:14px">{text(writer.span)}</p></td></tr>\n'
        f'<tr><td style="padding:16px 8px 0"><p style="margin:0;font-size:16px;font-weight:bold;color:{colour}">'
        f"{writer.status.symbol} {text(writer.headline)}</p>{lacks}</td></tr>\n"
    )


def section(title: str, content: str) -> str:
    return (
        f'<tr><td style="padding:12px 8px"><h2 style="margin:0 0 8px;font-size:16px;color:{INK}">{text(title)}</h2>\n'
        f"{content}</td></tr>\n"
    )


def tiles(writer: Writer) -> str:
    """The figures, two beside each other."""
    found = writer.report.figures
    pairs = [found[index : index + 2] for index in range(0, len(found), 2)]
    rows = "".join(f"<tr>{''.join(tile(writer, each) for each in pair)}</tr>\n" for pair in pairs)
    return f'{TABLE} width="100%">\n{rows}</table>\n'


def tile(writer: Writer, figure: Figure) -> str:
    kind = writer.report.period.kind
    said = [(figure.since, f"since.{kind}"), (figure.against, f"against.{kind}")]
    changes = "".join(
        f'<br><span style="color:{FAINT}">{text(writer.say(key))}</span> '
        f'<b style="color:{_tone(figure.verdict(found))}">{text(writer.change(figure, found))}</b>'
        for found, key in said
    )
    return (
        f'<td width="50%" valign="top" bgcolor="{SHADE}" style="padding:10px;border:3px solid #ffffff;font-size:12px;'
        f'line-height:17px"><span style="color:{FAINT}">{text(writer.say(figure.key))}</span><br>'
        f'<b style="font-size:20px;line-height:28px">{text(writer.number(figure.now.value, figure.unit))}</b>'
        f"{changes}</td>"
    )


def _tone(verdict: str) -> str:
    return {"better": GOOD, "worse": BAD}.get(verdict, INK)


def body(writer: Writer, table: Table) -> Iterator[str]:
    """A table with what is said over and under it."""
    if table.headline:
        yield f'<p style="margin:0 0 8px;font-size:13px">{text(table.headline)}</p>\n'
    shown = [column for column in table.columns if column.human]
    many = len(shown) > MANY
    if table.rows:
        yield f'<table width="100%" border="0" cellpadding="0" cellspacing="0" style="font-size:12px;{FONT}">\n<tr>'
        yield from (
            f'<th align="{_side(column)}" style="padding:4px 2px 4px {3 if many else _gap(column)}px;font-size:11px;'
            f'border-bottom:1px solid {LINE};color:{FAINT};font-weight:normal">{text(column.title)}</th>'
            for column in shown
        )
        yield "</tr>\n"
        for row in table.rows:
            yield f"<tr>{''.join(cell(column, row, many) for column in shown)}</tr>\n"
        yield "</table>\n"
    yield from (f'<p style="margin:6px 0 0;font-size:12px;color:{INK}">{text(note)}</p>\n' for note in table.notes)


def cell(column: Column, row: Row, many: bool = False) -> str:
    """One cell, of many in a row or of few; a share of 0 to 1 is a bar."""
    style = f"padding:5px 2px 5px {_gap(column)}px;border-bottom:1px solid {LINE}"
    if column.key == BAR:
        return f'<td width="35%" style="{style}">{bar(row[BAR])}</td>'
    status = status_of(row)
    if status and column.key == "state":
        style += f";font-weight:bold;color:{COLOURS[status]}"
    shown = column.cell(row)
    if column.right and len(shown) < LONG and not many:  # a number and its unit stay together
        style += ";white-space:nowrap"
    return f'<td align="{_side(column)}" style="{style}">{text(shown)}</td>'


def bar(share: object) -> str:
    """Two cells: what was good, and what was not.

    >>> "100%" in bar(1.0), 'width="98%"' in bar(0.9999), bar(None)
    (True, True, '&nbsp;')
    """
    if not isinstance(share, float):
        return "&nbsp;"
    good = 100 if share >= 1 else min(100 - SLIVER, round(share * 100))
    parts = [(width, colour) for width, colour in ((good, GOOD), (100 - good, BAD)) if width > 0]
    cells = "".join(
        f'<td width="{width}%" bgcolor="{colour}" height="10" style="font-size:1px;line-height:10px">&nbsp;</td>'
        for width, colour in parts
    )
    return f'{TABLE} width="100%"><tr>{cells}</tr></table>'


def foot(writer: Writer, only: tuple[str, ...]) -> str:
    """How it was counted."""
    said = "".join(f'<p style="margin:0 0 6px">{text(note)}</p>\n' for note in counted(writer, only))
    style = f"padding:16px 8px;font-size:11px;line-height:15px;color:{FAINT}"
    return f'<tr><td bgcolor="{SHADE}" style="{style}">{said}</td></tr>\n'


def text(said: str) -> str:
    """A text as HTML shows it, and never as HTML."""
    return escape(clean(said))


def _side(column: Column) -> str:
    return "right" if column.right else "left"


def _gap(column: Column) -> int:
    """Pixels before a cell: two numbers beside each other must not look like one."""
    return 8 if column.right else 4
