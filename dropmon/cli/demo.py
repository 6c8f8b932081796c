"""dropmon demo: the whole platform on this machine, to try every command against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dropmon.demo.platform import Platform

app = typer.Typer(rich_markup_mode=None, add_completion=False)

HELP = """The whole platform on this machine: no account, no service to install.

Starts stand-ins for Shopify, Stripe and BigBuy, a storefront, edge functions with their log, a mail port, a name
server, and a real PostgreSQL full of orders; checks everything once, and stays until Ctrl-C. From another terminal
it can be told to break: --break shopify, --break stripe=auth. The ways are down (the default), slow, auth, limit,
wrong and empty; and certificate=expired, vercel=release (errors after a deployment), database=leak, database=blocked.
--mend NAME ends it.

Example: dropmon demo --once
"""

Once = Annotated[
    bool, typer.Option("--once", help="Check everything once and end; without --folder, leave nothing behind.")
]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="For its rules, logs and history. Default: ./dropmon-demo.")
]
Port = Annotated[
    int,
    typer.Option(
        "--port", min=0, max=65000, show_default=False, help="The first of consecutive ports. Default: free ones."
    ),
]
Broken = Annotated[
    list[str] | None, typer.Option("--break", metavar="NAME[=HOW]", help="Break a part, of the running demo if any.")
]
Mended = Annotated[list[str] | None, typer.Option("--mend", metavar="NAME", help="Mend a part of the running demo.")]


@app.command(help=HELP)
def demo(
    once: Once = False, folder: Folder = None, port: Port = 0, broken: Broken = None, mended: Mended = None
) -> None:
    from dropmon.demo import play

    changes = play.changes(broken or (), mended or ())
    if changes and not once and play.change(folder, changes):
        return
    raise typer.Exit(play.play(folder, port, once, changes, check))


def check(platform: Platform) -> int:
    """The main job, typed as anyone would; before it the nightly import says that it ran."""
    from dropmon.cli import run

    where = ["--rules", str(platform.rules), "--storage", str(platform.history)]
    return run(["beat", "nightly-import", *where]) or run(["check", "all", *where])
