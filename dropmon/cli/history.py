"""dropmon history: what were the numbers, where are they, how do they come in and out?"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from dropmon import output
from dropmon.cli.options import Output, RulesPath, Storage, instant, loaded, not_ahead
from dropmon.errors import UsageError

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="What were the numbers? Bring them in and out.\n\nExample: dropmon history info",
)


File = Annotated[str, typer.Argument(metavar="FILE|-", help="OpenMetrics text; - reads stdin.")]
Since = Annotated[str | None, typer.Option("--since", help="Only what is younger: a time, or 7d for seven days ago.")]
Until = Annotated[str | None, typer.Option("--until", help="Only what is not younger.")]
Destination = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file. Default: stdout.")]
Hours = Annotated[
    bool, typer.Option("--hours", help="Instead of samples, what is kept of older hours: NAME:count, NAME:sum …")
]
At = Annotated[str | None, typer.Option("--at", help="As if it were this time.")]

TIDIED = {"samples": "samples made hours", "hours": "hours forgotten", "series": "series forgotten"}


@app.command("import")
def import_(file: File, rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    """Bring samples in from OpenMetrics text, as Prometheus tools write it; each needs a timestamp.

    Importing the same file twice changes nothing. Stops at the first bad line and says what is in already.

    Example: dropmon history import metrics.txt
    """
    from dropmon.history.backfill import bring_in
    from dropmon.progress import Progress
    from dropmon.storage import open_for

    name = "stdin" if file == "-" else file
    with readable(file) as stream, open_for(loaded(rules), storage) as store, Progress("samples imported") as progress:
        done = bring_in(stream, name, store.take_in, progress.step)
    columns = output.Column("samples", "samples", right=True), output.Column("place", "into")
    output.print_table(output.Table("imported", columns, [{"samples": done, "place": store.place}]), form)


@app.command()
def export(
    since: Since = None, until: Until = None, destination: Destination = None, hours: Hours = False,
    rules: RulesPath = None, storage: Storage = None,
) -> None:  # fmt: skip
    """Write the samples as OpenMetrics text, which `history import`, promtool and others read.

    Example: dropmon history export --since 7d --output week.txt
    """
    from dropmon.history.backfill import bring_out
    from dropmon.storage import open_for

    known = loaded(rules)
    span = instant(since, known) if since else -math.inf, instant(until, known) if until else math.inf
    with open_for(known, storage) as store:
        write(bring_out(store, *span, hours), destination)


@app.command()
def info(rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    """Where the history is, how large, from when to when, and how long it is kept.

    Example: dropmon history info --format json
    """
    from dropmon.history.inventory import table
    from dropmon.storage import open_for

    with open_for(loaded(rules), storage) as store:
        output.print_table(table(store.info(), store.retention), form)


@app.command()
def prune(at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    """Make hourly rows of all samples older than the retention, and forget hours older than theirs.

    Every recording does a little of this by itself; it is all done at once here, and others can record meanwhile.

    Example: dropmon history prune
    """
    from dropmon.storage import open_for

    known = loaded(rules)
    with open_for(known, storage) as store:
        tidied = store.prune(not_ahead(instant(at, known)))
    columns = [output.Column(key, title, right=True) for key, title in TIDIED.items()]
    output.print_table(output.Table("pruned", tuple(columns), [tidied._asdict()]), form)


@contextmanager
def readable(file: str) -> Iterator[BinaryIO]:
    """The file, or stdin."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - only opening may fail here, not what is done with it
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", "name an OpenMetrics file, or - for stdin") from None
    with stream:
        yield stream


def write(lines: Iterable[str], path: Path | None) -> None:
    """Writes lines to a file, or to stdout in pieces. One that is cut short lacks its `# EOF`, and so is noticed."""
    if path is None:
        lines = iter(lines)
        while piece := "".join(islice(lines, 10_000)):
            output.write(piece)
        return
    try:
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(lines)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", "name another file") from None
