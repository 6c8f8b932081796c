"""How programs begin a line that is an error without naming a level, and which keys of plain text name one: as data."""

from __future__ import annotations

from dropmon.logs.level import Level

SENTENCES: tuple[tuple[Level, str], ...] = (
    (Level.FATAL, "fatal error:"),
    (Level.FATAL, "Segmentation fault"),
    (Level.ERROR, "Traceback (most recent call last)"),
    (Level.ERROR, "Exception in thread"),
    (Level.ERROR, "Uncaught "),
    (Level.ERROR, "Unhandled"),
    (Level.ERROR, "Task timed out after "),
    (Level.ERROR, "Error response from daemon:"),
    (Level.ERROR, "npm ERR!"),
    (Level.ERROR, "npm error"),
    (Level.ERROR, "PHP Fatal error:"),
    (Level.ERROR, "PHP Parse error:"),
    (Level.WARN, "PHP Warning:"),
    (Level.ERROR, "user worker failed to respond"),
    (Level.ERROR, "failed to send request to user worker"),
    (Level.ERROR, "runtime has escaped from the event loop"),
    (Level.ERROR, "early termination has been triggered"),
    (Level.ERROR, "InvalidWorkerResponse"),
    (Level.ERROR, "InvalidWorkerCreation"),
    (Level.ERROR, "WorkerAlreadyRetired"),
    (Level.ERROR, "WorkerRequestCancelled"),
    (Level.ERROR, "worker boot error"),
    (Level.ERROR, "event loop error"),
    (Level.ERROR, "memory limit reached for the worker"),
    (Level.ERROR, "CPU time hard limit reached"),
    (Level.ERROR, "wall clock duration reached"),
    (Level.WARN, "CPU time soft limit reached"),
    (Level.WARN, "wall clock duration warning"),
)
"""How programs begin a line that is an error without saying so; the edge runtime's are in its crates/base."""

LOGFMT = frozenset(("level", "lvl", "severity", "log.level", "loglevel", "log_level", "levelname", "detected_level"))
"""Keys of logfmt (`level=error`) and of Loki's labels that name a level; ASCII case is folded."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
"""What a line of the edge gateway begins with: `POST | 500 | https://…`; 4xx is WARN, 5xx ERROR, as there."""
RAISED = (
    "Timeout", "Violation", "Interrupt", "Failure", "NotFound", "DoesNotExist", "Refused", "Forbidden", "Unauthorized",
)  # fmt: skip
"""How the name of an exception ends that is no Error, behind its module: `requests.exceptions.Timeout: x`."""
BARE = ("KeyboardInterrupt", "SystemExit", "GeneratorExit")
"""Exceptions of Python that are written without a module and end otherwise."""
KLOG = {"I": Level.INFO, "W": Level.WARN, "E": Level.ERROR, "F": Level.FATAL}
"""The letter before the date of a klog or glog line: `E1123 06:33:09.984 1 file.go:12] payment failed`; or `[E] x`."""
COMPLAINTS = (
    r"An error occurred \([\w.]+\) when calling ", r"Unable to locate credentials", r"Cannot find project ref\b",
    r"Access token not provided\b",
)  # fmt: skip
"""How a platform's command begins that gives no logs, and names no level: expressions. AWS's and Supabase's."""
