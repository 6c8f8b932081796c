"""What a page says: only marked blocks are steps, and what is wrong is told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.runbooks.page import Page, RunbookError
from dropmon.runbooks.parse import parse


def read(text: str) -> Page:
    return parse(text, "x", Path("x.md"))


GUIDE = """# Runbook: Database High Connections

## Symptômes
- Alert: "database_connections_high"

## Investigation
1. Check active queries:
   ```sql
   SELECT * FROM pg_stat_activity WHERE state = 'active';
   ```

2. Who holds them:

   ```dropmon timeout=5s since=1h
   $ dropmon db connections --database '{{ database }}'   # all of them

   dropmon db long-running --long {{ since }}
   ```

## Resolution
> ~~~dropmon write title="End it"
> dropmon db terminate {{ labels.pid }}
> ~~~

```sh
rm -rf /
```
"""


def test_only_blocks_that_are_marked_hold_steps() -> None:
    page = read(GUIDE).sound()

    assert page.title == "Database High Connections"
    assert [heading.part for heading in page.headings] == ["", "Symptoms", "Investigation", "Resolution"]
    assert [(step.number, step.line, step.column) for step in page.steps] == [(1, 15, 4), (2, 17, 4), (3, 22, 3)]
    assert [step.words for step in page.steps] == [
        ("db", "connections", "--database", "{{database}}"),
        ("db", "long-running", "--long", "{{since}}"),
        ("db", "terminate", "{{pid}}"),
    ]
    assert [step.title for step in page.steps] == ["Who holds them", "Who holds them", "End it"]
    assert [(step.write, step.timeout) for step in page.steps] == [(False, 5.0), (False, 5.0), (True, 60.0)]
    assert page.steps[1].defaults == {"since": "1h"}


def test_the_front_matter_says_what_fills_the_parameters() -> None:
    page = read("---\ntitle: T\nparameters:\n  a: 1\n  b: {default: x y, help: h}\n  c:\n---\n# Other\n")

    assert page.title == "T"
    assert {name: tuple(each) for name, each in page.parameters.items()} == {
        "a": ("1", ""), "b": ("x y", "h"), "c": (None, "")
    }  # fmt: skip
    assert page.body == "# Other\n"


def block(line: str, info: str = "dropmon") -> str:
    return f"# T\n\n```{info}\n{line}\n```\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (block("ls -l"), "4:1: 'ls' is not dropmon: a step is one dropmon command a line"),
        (block("sudo dropmon check all"), "4:1: 'sudo' is not dropmon"),
        (block("dropmon check all | less"), "4:19: '|' pipes in a shell"),
        (block("dropmon check all; reboot"), "4:18: ';' chains in a shell"),
        (block("dropmon check all && reboot"), "4:19: '&' chains in a shell"),
        (block("dropmon check all > /etc/passwd"), "4:19: '>' redirects in a shell"),
        (block("dropmon query (up)"), "4:15: '(' groups in a shell"),
        (block("dropmon db cancel $PID"), "4:19: '$' asks a shell for a value"),
        (block('dropmon db cancel "$(cat x)"'), "4:20: '$' asks a shell for a value"),
        (block("dropmon db cancel `cat x`"), "4:19: '`' asks a shell for a value"),
        (block("dropmon db cancel 'x"), "4:1: the line does not end well: no closing quotation"),
        (block("dropmon check all \\"), "4:1: the line does not end well: no escaped character"),
        (block("dropmon"), "4:1: dropmon alone does nothing"),
        (block("dropmon {{ what }}"), "4:1: a parameter cannot be the command itself"),
        (block("dropmon db cancel {{ 1 }}"), "4:19: '{{' holds no name of a parameter"),
        (block("dropmon runbook run x"), "4:1: a runbook runs no runbook"),
        (block("dropmon check \x1b[2J"), "4:15: '\\x1b' is a control character"),
        (block("dropmon check all", "dropmon wrte"), "3:4: 'wrte' is no option of a block"),
        (block("dropmon check all", "dropmon timeot=3s"), "3:4: no step of the block has a parameter 'timeot'"),
        (block("dropmon check all", "dropmon timeout=3"), "3:4: '3' is not a duration"),
        (block("dropmon check all", "dropmon timeout=2d"), "3:4: timeout=2d is not between 100ms and 1d"),
        ("# T\n\n```dropmon\ndropmon check all\n", "3:1: the block has no end (close it with a line ```)"),
        ("# T\n\n- a\n  ```sql\n  select 1\n\nb\n", "4:3: the block has no end"),
        ("```sql\nselect 1\n\n```dropmon\nx\n```\n", "1:1: the block is still open when another begins at line 4"),
        ("---\ntitle: x\n# T\n", "1:1: the front matter has no end"),
        ("---\ntitle: [x\n---\n", "2:8: "),
        ("---\nparameters: {a b: 1}\n---\n", "2:14: 'a b' is no name of a parameter"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_told_at_its_place(text: str, said: str) -> None:
    page = read(text)

    assert any(str(problem).startswith(f"x.md:{said}") for problem in page.problems), list(map(str, page.problems))
    with pytest.raises(RunbookError) as told:
        page.sound()
    assert "runbook check x" in told.value.hint


@pytest.mark.parametrize(
    "line",
    [
        "dropmon query 'sum(rate(x[5m])) > 1'",
        'dropmon logs top app.log --grep "a|b;c"',
        "dropmon logs top app.log --where 'a = 1' --grep '$x'",
        "dropmon logs top app.log --grep costs\\;5$",
        "# a remark; with | everything",
        "",
    ],
)
def test_what_is_quoted_is_no_shell(line: str) -> None:
    assert read(block(line)).problems == ()


def test_a_longer_block_may_show_a_shorter_one() -> None:
    assert read("````markdown\n```dropmon\nls\n```\n````\n").sound().steps == ()


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert read(GUIDE.replace("\n", "\r\n")).steps == read(GUIDE).steps


@pytest.mark.slow
@given(st.text(alphabet=st.sampled_from("`~#->{}|dropmon \n\t\"'\\$;1.\x1b\u2028é:")))
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    page = read(text)

    assert all(1 <= each.line <= text.count("\n") + 2 for each in page.problems)
    assert all(step.words for step in page.steps)
