"""dropmon db: what is PostgreSQL doing?

Each file of `dropmon/db/queries` is a command, made here; what is more than one query has a file in this folder,
which defines `app` with one command of the file's name and is imported when it is named.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

from dropmon import output
from dropmon.cli import Folder, quick
from dropmon.cli.options import Output, RulesPath, Storage, loaded, seconds
from dropmon.db.report import Option, Report, load, names
from dropmon.errors import StorageError
from dropmon.model import Status

if TYPE_CHECKING:
    from dropmon.db.database import Database
    from dropmon.db.run import Answer
    from dropmon.rules import Rules


class Reports(Folder):
    """A command for each file here, and for each file of `dropmon/db/queries`."""

    package = __name__

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted({*super().list_commands(ctx), *names()})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return made(cmd_name, load(cmd_name)) if cmd_name in names() else super().get_command(ctx, cmd_name)


app = typer.Typer(
    cls=Reports, rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="What is PostgreSQL doing?\n\nExample: dropmon db connections",
)  # fmt: skip

Which = Annotated[
    str | None,
    typer.Option(
        "--database", "-d", metavar="NAME|URL",
        help="One of `databases:`, or an address. Default: `main`, or the only one; else DATABASE_URL, PGHOST …",
    ),
]  # fmt: skip
Timeout = Annotated[str | None, typer.Option("--timeout", metavar="TIME", help="For connecting, and each statement.")]
Record = Annotated[bool, typer.Option("--record/--no-record", help="Keep its numbers in the history.")]
Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL instead, as psql would run it.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all is well: for cron's mail.")]


class Asked(NamedTuple):
    """What every command of this noun is asked for."""

    database: Which = None
    timeout: Timeout = None
    record: Record = False
    sql: Sql = False
    quiet: Quiet = False
    form: Output = None
    rules: RulesPath = None
    storage: Storage = None


@app.callback()
def databases() -> None:
    """A group, however many commands it has."""


def made(name: str, report: Report) -> Any:
    """The command of a report: its options, then those of every report."""

    def command(**given: Any) -> None:
        asked = Asked(**{field: given.pop(field) for field in Asked._fields})
        raise typer.Exit(answer(report, asked, given))

    shared = get_type_hints(Asked, include_extras=True)
    parameters = [parameter(option.name, option_type(option)) for option in report.options]
    parameters += [parameter(field, shared[field], Asked._field_defaults[field]) for field in Asked._fields]
    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    single = typer.Typer(rich_markup_mode=None, add_completion=False)
    single.command(name, help=help_of(report))(command)
    return quick(typer.main.get_command(single))


def parameter(name: str, kind: Any, default: object = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


def option_type(option: Option) -> Any:
    """An option of a report as one of the command line; the report itself reads its value, with its unit."""
    flag = f"--{option.name.replace('_', '-')}"
    said = f"{option.help} Default: {option.default}." if option.default != "" else option.help
    if option.kind == "flag":
        return Annotated[bool | None, typer.Option(flag, help=option.help)]
    shape = int if option.kind == "count" else str
    least = 0 if option.kind == "count" else None
    metavar = "|".join(option.choices) or {"duration": "TIME", "count": "N"}.get(option.kind, option.kind.upper())
    return Annotated[shape | None, typer.Option(flag, metavar=metavar, help=said, min=least)]


def help_of(report: Report) -> str:
    """Its summary, its explanation, an example."""
    parts = (report.summary + ".", report.help.strip(), f"Example: dropmon db {report.name}")
    return "\n\n".join(part for part in parts if part)


def answer(report: Report, asked: Asked, given: Mapping[str, Any]) -> int:
    """Asks, records and prints one report; the exit code."""
    from dropmon.db.session import session

    rules = loaded(asked.rules)
    with session(database(asked, rules)) as found:
        if asked.sql:
            output.write(found.script(report, given))
            return Status.OK.exit_code
        at = time.time()
        said = found.ask(report, given)
        kept = found.to_record(said) if asked.record else None
    (said,) = compared([said], found.labels, at, rules, asked.storage)
    if kept:
        record([kept], found.labels, at, rules, asked.storage)
    if not (asked.quiet and said.status is Status.OK):
        from dropmon.db.table import table

        output.print_table(table(said, found.database.name, at, found.database.zone), asked.form)
    return said.status.exit_code


def database(asked: Asked, rules: Rules | None) -> Database:
    """The database that is meant."""
    from dropmon.db.database import choose

    found = choose(asked.database, rules)
    return found._replace(timeout=seconds(asked.timeout)) if asked.timeout else found


def compared(
    said: Sequence[Answer], labels: Mapping[str, str], at: float, rules: Rules | None, place: str | None
) -> list[Answer]:
    """The answers, with what earlier samples tell to those that ask for it; a history that cannot be read is none."""
    if not any(each.report.history for each in said):
        return list(said)
    from dropmon.db.trend import Past, added
    from dropmon.history.past import past
    from dropmon.storage import open_for

    def with_(earlier: Past) -> list[Answer]:
        return [added(each, earlier, at) if each.report.history else each for each in said]

    try:
        with open_for(rules, place) as store:
            return with_(lambda name, start, step=0.0: past(store, name, labels, start, at, step))
    except StorageError as error:
        output.warn(f"warning: {error.what}", error.hint)
        return with_(lambda *_: {})


def record(
    kept: Sequence[Answer], labels: Mapping[str, str], at: float, rules: Rules | None, place: str | None
) -> None:
    """Keeps the numbers; a history that cannot be written to costs a warning, not the answer."""
    from dropmon.db.samples import samples
    from dropmon.storage import open_for

    try:
        with open_for(rules, place) as store:
            store.record((sample for each in kept for sample in samples(each, labels, at)), now=at)
    except StorageError as error:
        output.warn(f"warning: {error.what}", error.hint)
