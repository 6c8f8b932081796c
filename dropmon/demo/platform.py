"""The demo's platform: every stand-in, the database, and the rules that watch them."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Self

from dropmon.demo import shop
from dropmon.demo.database import Server
from dropmon.demo.standins import stage
from dropmon.demo.standins.shopify import supported
from dropmon.errors import DatabaseError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from dropmon.demo.standin import Stage, Standin

MARK = "# Written by `dropmon demo`"  # the first words of its rules file: without them it is somebody's own
PART = re.compile(r" *# --- with the database ---\n(.*?) *# --- to here ---\n", re.DOTALL)


class Platform:
    """The whole platform for as long as the `with` lasts, with its files in `folder`.

    `port`: the first of consecutive ports; 0 takes free ones. `database`: whether to start PostgreSQL; when it
    cannot start, the platform goes on without, and `missing` says why. Raises UsageError when a port is taken,
    or the folder holds a rules file of somebody else.
    """

    def __init__(self, folder: Path, port: int = 0, database: bool = True) -> None:
        self.folder = folder
        self.port = port
        self.rules = folder / "rules.yaml"
        self.history = folder.absolute() / "history.db"
        self.stage: Stage = stage(folder)
        self.database: Server | None = None
        self.missing: DatabaseError | None = None
        self._wanted = database
        self._left = ExitStack()

    def __enter__(self) -> Self:
        refuse_foreign(self.rules)
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._open()
        except BaseException:
            self._left.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    @property
    def urls(self) -> dict[str, str]:
        """The address of each part by name."""
        urls = {name: standin.url for name, standin in self.stage.cast.items()}
        return {**urls, "database": self.database.url_of("dropmon")} if self.database else urls

    def suffer(self, name: str, how: str | None) -> None:
        """Breaks a part this way (a word of `Fault`), or mends it (None). Raises UsageError."""
        self.stage.suffer(name, how)

    def _open(self) -> None:
        for offset, standin in enumerate(self.stage.cast.values()):
            open_at(standin, self.port and self.port + offset)
            self._left.callback(standin.close)
        if self._wanted:
            self._start_database(self.port and self.port + len(self.stage.cast))
        self.rules.touch(0o600)  # the database's password is real, and written there
        self.rules.write_text(rules(self), "utf-8")

    def _start_database(self, port: int) -> None:
        try:
            self.database = self._left.enter_context(Server(port, self.folder / "postgres.log"))
        except DatabaseError as error:
            self.missing = error
            return
        self.stage.servers.append(self.database)
        shop.seed(self.database, self.urls["shopify"], supported(datetime.now(UTC))[-1])


def open_at(standin: Standin, port: int) -> None:
    try:
        standin.open(port)
    except (OSError, OverflowError) as error:
        what = f"{standin.name} cannot listen on port {port}: {error}"
        raise UsageError(what, "choose another --port, or none") from None


def refuse_foreign(rules: Path) -> None:
    """Raises UsageError when the file is not one that the demo may overwrite."""
    text = rules.read_text("utf-8", "replace") if rules.exists() else ""
    if text and not text.startswith(MARK):
        raise UsageError(f"{rules} is not the demo's own", "choose another folder with --folder")


def rules(platform: Platform) -> str:
    """The rules file that watches this platform, without what needs the database when there is none."""
    text = (files("dropmon.demo") / "rules.yaml").read_text("utf-8")
    ports = {f"{name}_port": str(standin.port) for name, standin in platform.stage.cast.items()}
    return Template(PART.sub(r"\1" if platform.database else "", text)).substitute(
        platform.urls,
        **ports,
        history=quoted(platform.history),
        authorities=quoted(platform.folder.absolute() / "certificate.pem"),
        version=supported(datetime.now(UTC))[-1],
    )


def quoted(path: Path) -> str:
    r"""A path as a string of the rules file, whatever is in its name.

    >>> from pathlib import Path
    >>> print(quoted(Path('/tmp/a: b #"$c"')))
    "/tmp/a: b #\"$$c\""
    """
    return json.dumps(str(path), ensure_ascii=False).replace("$", "$$")
