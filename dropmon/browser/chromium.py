"""A Chromium of this machine, started for one purpose and gone without a trace after it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

from dropmon.browser.devtools import BrowserError, Devtools

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge")
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
QUIET = (  # nothing but the page: no updates, no first-run pages, no sound, no state of anybody's
    "--headless", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--no-proxy-server",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-dev-shm-usage", "--disable-breakpad", "--mute-audio", "--hide-scrollbars",
    "--password-store=basic", "--use-mock-keychain",
)  # fmt: skip
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH")  # no token goes there
APART = 10  # the lowest number of our ends of the pipes: the browser's own are 3 and 4
LEAVING = 3.0  # seconds that it has to end by itself


def find(named: str = "") -> str:
    """The path of a Chromium, Chrome or Edge: the one that is named, or the first there is. Raises BrowserError."""
    if not hasattr(os, "posix_spawn"):
        raise BrowserError("a lab run needs Linux or macOS", "`pagespeed` under `sources:` measures from anywhere")
    for name in [named] if named else [*NAMES, *APPLICATIONS]:
        if path := shutil.which(name):
            return path
    what = f"there is no browser {named!r}" if named else "no Chromium is installed here"
    raise BrowserError(what, "apt install chromium, or name one: --browser PATH or $DROPMON_BROWSER")


@contextmanager
def opened(path: str, until: float) -> Iterator[Devtools]:
    """A browser without a window, and the conversation with it until `until` (monotonic seconds).

    Raises BrowserError when it does not start.
    """
    with ExitStack() as ours, ExitStack() as theirs:
        home = ours.enter_context(tempfile.TemporaryDirectory(prefix="dropmon-browser-", ignore_cleanup_errors=True))
        its_in, our_out = _pipe(theirs, ours)
        our_in, its_out = _pipe(ours, theirs)
        process = _start(path, home, its_in, its_out)
        ours.callback(_kill, process)
        theirs.close()
        devtools = Devtools(our_in, our_out, until)
        devtools.call("Browser.getVersion")
        yield devtools
        devtools.until = time.monotonic() + LEAVING
        with suppress(BrowserError):
            devtools.call("Browser.close")
            _wait(process, devtools.until)


def arguments(path: str, home: str, root: bool) -> list[str]:
    """The command line. Root has no sandbox: Chromium does not start with one.

    >>> arguments("/usr/bin/chromium", "/tmp/x", False)[-2:]
    ['--user-data-dir=/tmp/x', 'about:blank']
    """
    return [path, *QUIET, *(["--no-sandbox"] if root else []), f"--user-data-dir={home}", "about:blank"]


def environment(home: str, ours: Mapping[str, str]) -> dict[str, str]:
    """What it gets to know of our environment: no secret, no proxy, a home of its own.

    >>> environment("/tmp/x", {"PATH": "/bin", "STRIPE_KEY": "sk_1"})
    {'PATH': '/bin', 'HOME': '/tmp/x', 'XDG_CONFIG_HOME': '/tmp/x', 'XDG_CACHE_HOME': '/tmp/x'}
    """
    kept = {name: ours[name] for name in KEPT if name in ours}
    return {**kept, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}


def _start(path: str, home: str, its_in: int, its_out: int) -> int:
    """Its process, the leader of a group of its own."""
    actions = [
        (os.POSIX_SPAWN_DUP2, its_in, 3), (os.POSIX_SPAWN_DUP2, its_out, 4),
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]  # fmt: skip
    words = arguments(path, home, os.geteuid() == 0)
    try:
        return os.posix_spawn(path, words, environment(home, os.environ), file_actions=actions, setpgroup=0)
    except OSError as error:
        raise BrowserError(f"{path} does not start: {error.strerror}", "--browser PATH takes another") from None


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """Both ends of a pipe, closed with what they belong to; far from the numbers that the browser's own will have."""
    import fcntl

    ends = []
    for end, owner in zip(os.pipe(), (reader, writer), strict=True):
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, APART))
        os.close(end)
        owner.callback(os.close, ends[-1])
    return ends[0], ends[1]


def _wait(process: int, until: float) -> None:
    """Gives it the time to leave by itself."""
    while time.monotonic() < until and os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(0.02)


def _kill(process: int) -> None:
    """Ends it and all that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(process, 0)
