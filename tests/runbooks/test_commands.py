"""The commands, as they are typed, in processes of their own."""

from __future__ import annotations

import json
import os
import pty
import re
import shlex
import shutil
import sys
import time
from pathlib import Path
from select import select

import pytest

from dropmon.cli.runbook.typed import complaint
from dropmon.runbooks.shelf import shipped
from tests.cli.conftest import COMMAND, Dropmon, environment
from tests.runbooks.conftest import PARTS, Write

SHIPPED = sorted(path.stem for path in shipped().glob("*.md"))
LOOK = "```dropmon\ndropmon rules check\ndropmon check tcp {{ check }}\ndropmon alert list\n```"


@pytest.mark.slow
def test_the_pages_of_the_guide_come_with_dropmon(dropmon: Dropmon) -> None:
    assert set(SHIPPED) == {
        "database-high-connections", "api-down", "slow-response", "high-error-rate", "edge-function-errors",
        "slow-queries", "certificate-expiring", "delivery-failing",
    }  # fmt: skip
    done = dropmon("runbook", "check")
    assert done.stdout.endswith(" steps: all well\n")
    assert done.returncode == 0


@pytest.mark.parametrize("name", SHIPPED)
def test_every_command_that_a_page_of_ours_speaks_of_exists(name: str) -> None:
    """Also those in running text: `dropmon db report`."""
    text = (shipped() / f"{name}.md").read_text()
    for said in re.findall(r"(?<!`)`(dropmon [^`{]*)`", text):
        assert complaint(shlex.split(said.replace("PID", "1"))[1:]) == "", said


@pytest.mark.slow
@pytest.mark.usefixtures("rules")
def test_an_alert_leads_to_the_page_of_its_check(dropmon: Dropmon, write: Write) -> None:
    write(LOOK)
    done = dropmon("runbook", "run", "shop_down/check=shop", "--format", "json")
    found = json.loads(done.stdout)

    assert [step["command"][1:] for step in found["steps"]] == [
        ["rules", "check"], ["check", "tcp", "shop"], ["alert", "list"]
    ]  # fmt: skip
    assert [(step["end"], step["exit_code"]) for step in found["steps"]][1:] == [("done", 2), ("done", 0)]
    assert (found["next"], done.returncode) == (None, 2)
    assert "1 down" in done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("rules")
def test_each_step_stands_in_the_timeline_of_the_incident(dropmon: Dropmon, write: Write) -> None:
    write(LOOK)
    dropmon("cycle")
    done = dropmon("runbook", "run", "shop_down", "--incident", "1", "--from", "2")
    timeline = json.loads(dropmon("incident", "timeline", "1", "--format", "json").stdout)
    steps = [row for row in next(each for each in timeline.values() if isinstance(each, list)) if "step" in str(row)]

    assert done.returncode == 2
    assert "[2/3]" in done.stdout
    assert "dropmon check tcp shop" in str(steps)
    assert "runbook shop, step 2: 2 critical in" in str(steps)
    assert dropmon("runbook", "run", "shop", "--incident", "9").returncode == 3


@pytest.mark.slow
@pytest.mark.usefixtures("rules")
def test_without_a_terminal_nothing_is_changed_and_it_says_how_to_go_on(dropmon: Dropmon, write: Write) -> None:
    write("```dropmon\ndropmon rules check\ndropmon beat {{ job }}\n```")
    done = dropmon("runbook", "run", "shop", "--set", "job=a b", "--rules", "rules.yaml")

    assert done.returncode == 3
    assert "$ dropmon beat 'a b'" in done.stdout
    assert "step 2 not run: it would change something, and there is no terminal to ask on" in done.stdout
    assert "go on: dropmon runbook run shop --from 2 --set 'job=a b' --rules rules.yaml\n" in done.stdout


@pytest.mark.slow
def test_no_step_overwrites_a_file_or_runs_a_runbook_unasked(dropmon: Dropmon, write: Write, rules: Path) -> None:
    own = rules.with_name("own.txt")
    own.write_text("own")
    write("```dropmon\ndropmon db report -qo own.txt\n```")
    done = dropmon("runbook", "run", "shop")
    assert (done.returncode, own.read_text()) == (3, "own")
    assert "it would change something, and there is no terminal to ask on" in done.stdout
    write("```dropmon\ndropmon --debug runbook run shop --yes\n```")
    assert "a runbook runs no runbook" in dropmon("runbook", "check").stdout
    write("```dropmon\ndropmon runbook {{ verb }} shop --yes\n```")
    done = dropmon("runbook", "run", "shop", "--yes", "--set", "verb=run")
    assert "step 1 not run: it cannot be typed: a runbook runs no runbook" in done.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("rules")
def test_a_dry_run_shows_every_step_and_runs_none(dropmon: Dropmon, write: Write) -> None:
    write("```dropmon\ndropmon beat {{ job }}\ndropmon check all\n```")
    done = dropmon("runbook", "run", "shop", "--dry-run")

    assert re.findall(r"^\$ (.*)", done.stdout, re.MULTILINE) == ["dropmon beat JOB", "dropmon check all"]
    assert done.stdout.endswith("\nnothing was run\n")
    assert done.returncode == 0
    assert "would be read as an option" in dropmon("runbook", "run", "shop", "-n", "--set", "job=-x").stderr


@pytest.mark.slow
@pytest.mark.usefixtures("rules")
def test_what_is_refused_at_once_is_not_written_down(dropmon: Dropmon, write: Write) -> None:
    write(LOOK)
    dropmon("incident", "open", "x")
    assert dropmon("runbook", "run", "shop", "--incident", "1", "--from", "9").returncode == 3
    assert "runbook" not in dropmon("incident", "timeline", "1").stdout


@pytest.mark.slow
@pytest.mark.usefixtures("rules")
def test_a_step_that_hangs_is_ended(dropmon: Dropmon, write: Write) -> None:
    write("```dropmon timeout=2s\ndropmon watch\ndropmon alert list\n```")
    done = dropmon("runbook", "run", "shop", "--yes")

    assert done.returncode == 3
    assert "step 1 timed out: it was ended after 2 s" in done.stdout
    assert "without it: --from 2 instead of --from 1" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("show ../rules", "'../rules' is no name of a runbook"),
        ("show /etc/passwd", "'/etc/passwd' is no name of a runbook"),
        ("run nothing", "there is no runbook 'nothing' in runbooks"),
        ("run shp", "did you mean 'shop'?"),
        ("run shop --from 7", "shop has 3 steps, and no step 7"),
        ("run shop --set x=1", "shop has no parameter 'x'"),
        ("run shop --set check", "'check' sets nothing"),
        ("run folder", "folder.md is a folder, and no page"),
        ("run latin", "latin.md:2:1: the byte 0xE9 is not UTF-8"),
        ("run large", "large.md is larger than 256 KiB"),
        ("run gone", "gone.md cannot be read: No such file or directory"),
        ("run pipe", "pipe.md is no file"),
        ("run fence", "fence.md:23:1: the block has no end"),
        ("copy nothing", "no runbook 'nothing' comes with dropmon"),
        ("check nothing", "there is no runbook 'nothing'"),
    ],
)
@pytest.mark.usefixtures("rules")
def test_what_cannot_be_meant_says_what_to_do(dropmon: Dropmon, write: Write, words: str, said: str) -> None:
    folder = write(LOOK).parent
    write("```dropmon\ndropmon check all", "fence")
    (folder / "folder.md").mkdir()
    (folder / "latin.md").write_bytes(b"# x\n\xe9")
    (folder / "large.md").write_bytes(b"x" * 10_000_000)
    (folder / "gone.md").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.md")
    done = dropmon("runbook", *words.split())

    assert said in done.stderr
    assert "→" in done.stderr
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)


@pytest.mark.slow
def test_a_page_that_lies_outside_is_never_read(dropmon: Dropmon, rules: Path) -> None:
    (rules.parent / "secret.md").write_text("# secret\n")
    for name in ("../secret", "..", ".", "runbooks/../../secret", "../../etc/passwd", ".secret"):
        assert "secret\n" not in dropmon("runbook", "show", name).stdout


WRONG = """
```dropmon
dropmon conections
dropmon db cancel {{ pid }}
```
"""


@pytest.mark.slow
def test_check_tells_everything_at_its_place(dropmon: Dropmon, write: Write, rules: Path) -> None:
    write(WRONG)
    write(LOOK, "unused")
    (rules.parent / "runbooks/short.md").write_text("# Short\n## Symptoms\n")
    rules.write_text(
        rules.read_text().replace("severity: high}", "severity: high, runbook: nowhere}")
        + "slos: [{name: s, target: 99%, good: a, total: b, runbook: neither}]\n"
    )
    done = dropmon("runbook", "check")

    assert done.returncode == 3
    assert done.stdout == (Path(__file__).parent / "check.txt").read_text()
    assert "rules.yaml:7:89: no runbook 'nowhere'" in dropmon("rules", "check").stdout
    assert dropmon("runbook", "check", "short").returncode == 1
    (row, *_) = json.loads(dropmon("runbook", "check", "shop", "--format", "json").stdout)["findings"]
    assert (row["line"], row["column"], row["kind"]) == (25, 1, "problem")


@pytest.mark.slow
def test_nothing_of_a_page_reaches_the_terminal_as_a_control_sequence(dropmon: Dropmon, write: Write) -> None:
    write("\x1b]0;owned\x07 \x1b[2Jx \u202e [link](https://x.example)\n\n    tab\tcode\n")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", dropmon("runbook", "show", "shop", "--rules", "x").stdout)
    assert dropmon("init").returncode == 0
    piped = dropmon("runbook", "show", "shop").stdout
    assert piped.startswith("# Runbook: Shop\n\n## Symptoms\n")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", piped)


@pytest.mark.slow
def test_pages_are_copied_and_never_overwritten(dropmon: Dropmon, tmp_path: Path) -> None:
    assert dropmon("init", "--runbooks").stdout.count("runbooks/") == len(SHIPPED)
    own = tmp_path / "runbooks/api-down.md"
    own.write_text(f"# Mine\n\n{PARTS}")
    again = dropmon("runbook", "copy")

    assert "runbooks/api-down.md is already there, and stays as it is" in again.stdout
    assert dropmon("runbook", "show", "api-down").stdout.startswith("# Mine")
    assert "8 runbooks, 8 of your own" in dropmon("runbook", "list").stdout
    shutil.rmtree(own.parent)
    own.parent.write_text("")
    assert "runbooks is a file, and no folder" in dropmon("runbook", "copy").stderr


def on_a_terminal(folder: Path, *words: str, at: str = "", keys: str = "") -> tuple[str, int]:
    """What a terminal shows of a command, and its exit code; the keys are pressed when `at` is seen."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(sys.executable, [*COMMAND, *words], environment(folder, TERM="xterm", COLUMNS="80"))
    shown, end = "", time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            break
        if keys and at in shown:
            time.sleep(0.5)
            os.write(terminal, keys.encode())
            keys = ""
    os.close(terminal)
    return shown.replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.slow
@pytest.mark.parametrize(("keys", "said"), [("y\n", "step done"), ("n\n", "1 skipped"), ("\n", "1 skipped")])
def test_a_terminal_is_asked_before_something_is_changed(rules: Path, write: Write, keys: str, said: str) -> None:
    write("```dropmon\ndropmon beat job\n```")
    shown, _ = on_a_terminal(rules.parent, "runbook", "run", "shop", at="run it? [y/N]", keys=keys)

    assert "(changes something)\n$ dropmon beat job\n" in shown
    assert "run it? [y/N]" in shown
    assert said in shown or "step 1 failed" in shown


@pytest.mark.slow
def test_ctrl_c_ends_the_step_and_says_where_to_go_on(rules: Path, write: Write) -> None:
    write("```dropmon\ndropmon check tcp --watch\ndropmon alert list\n```")
    shown, code = on_a_terminal(rules.parent, "runbook", "run", "shop", at="1 down", keys="\x03")

    assert code == 130
    assert "step 1 interrupted\n  → go on: dropmon runbook run shop --from 1\n" in shown


@pytest.mark.slow
def test_a_terminal_gets_the_page_laid_out(rules: Path, write: Write) -> None:
    write("- **bold** `code` [link](https://x.example)\n\n\x1b]0;owned\x07")
    shown, code = on_a_terminal(rules.parent, "runbook", "show", "shop")

    assert code == 0
    assert "\x1b[1m" in shown
    assert "**" not in shown
    assert "\x1b]" not in shown


@pytest.mark.slow
@pytest.mark.usefixtures("rules")
def test_the_message_of_an_alert_links_to_its_page(dropmon: Dropmon, write: Write, rules: Path) -> None:
    write(LOOK)
    done = dropmon("cycle")
    shown = json.loads(dropmon("alert", "show", "shop_down", "--format", "json").stdout)

    assert done.returncode == 2
    assert shown["runbook"] == "shop"
