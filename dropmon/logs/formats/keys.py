"""Where the makers of logs put things: the keys of a JSON entry, as data. In each row the first key present counts."""

from __future__ import annotations

from dropmon.logs.level import KEYS, SCALES

ROLES: dict[str, tuple[str, ...]] = {
    "time": (
        "timestamp", "time", "@timestamp", "ts", "@t", "ts_ms", "timestampInMs", "timeUnixNano", "datetime", "date",
        "asctime", "eventTime", "__REALTIME_TIMESTAMP", "observedTimeUnixNano", "receiveTimestamp", "ingestionTime",
        "t",
    ),
    "message": ("message", "msg", "@m", "@mt", "text", "event", "MESSAGE", "textPayload", "short_message", "Message"),
    "service": (
        "service", "service.name", "service_name", "serviceName", "app", "application", "SYSLOG_IDENTIFIER", "job",
        "container_name", "source_name",
    ),
    "function": ("function", "function_name", "functionName", "function.name", "function_id", "metadata_function_id"),
    "request": (
        "requestId", "request_id", "requestID", "reqId", "req_id", "x-request-id", "RequestId", "correlationId",
        "correlation_id", "response.headers.x_sb_request_id", "execution_id", "metadata_execution_id",
    ),
    "user": ("userId", "user_id", "userID", "uid", "user", "user.id"),
    "duration": (
        "duration", "duration_ms", "durationMs", "duration_s", "duration_seconds", "responseTime", "response_time",
        "execution_time_ms", "elapsed_ms", "latency_ms", "latencyMs", "event.duration",
    ),
    "status": ("status", "statusCode", "status_code", "responseStatusCode", "response.status_code", "http.status_code"),
    "trace": (
        "stack", "stacktrace", "stack_trace", "stackTrace", "error.stack_trace", "error.stack", "traceback", "exc_info",
        "exception", "exc_text", "@x", "exception.stacktrace",
    ),
    "id": ("rowId", "eventId", "insertId", "id", "_id"),
    "kind": ("event_type", "metadata_event_type"),
}  # fmt: skip

SECONDS = {  # the unit of a duration without one: the guide's metric lines write milliseconds
    "duration": 1e-3, "duration_ms": 1e-3, "durationMs": 1e-3, "duration_s": 1.0, "duration_seconds": 1.0,
    "responseTime": 1e-3, "response_time": 1e-3, "execution_time_ms": 1e-3, "elapsed_ms": 1e-3, "latency_ms": 1e-3,
    "latencyMs": 1e-3, "event.duration": 1e-9,
}  # fmt: skip

_PLATFORM = ("service", "function", "request", "user", "duration", "status", "trace")
LENT: dict[str, tuple[str, ...]] = {
    "context": ("function", "request", "user", "trace"),
    "error": ("trace", "message"),
    "err": ("trace", "message"),
    "exception": ("trace", "message"),
    "log_attributes": (*_PLATFORM, "kind"),
    "metadata": (*_PLATFORM, "kind"),
    "labels": _PLATFORM,
    "stream": _PLATFORM,
    "resource": _PLATFORM,
    "attributes": _PLATFORM,
    "req": ("user",),
    "record": ("message", "time"),
}
"""Objects inside an entry, and what is looked up in them by the same keys when the entry does not say it itself."""
STACKS = ("error", "err", "exception")
"""Objects inside `context` that hold a stack trace: the guide's logger writes context.error.stack."""

MARKS = (
    "event_message", "line", "log", "deploymentId", "rowId", "eventId", "ingestionTime", "logStreamName", "ddsource",
    "MESSAGE", "textPayload", "jsonPayload", "body",
)  # fmt: skip
"""Keys without which an object that names its level is an application's own, and never looked into."""
PLUMBING = frozenset(
    (*LENT, "event_message", "line", "data", "log", "body", "textPayload", "source", "source_name", "stream")
)
"""Keys of a platform's row that are no context of the text that it carries."""

NESTED = ("log", "metadata", "record", "log_attributes", "labels", "stream")
"""Objects inside an entry that may name its level: the log.level of ECS, a drain's metadata.level, a record.level."""

TYPES = ("error", "fatal", "warn", "warning", "info", "debug", "metric")
"""Values of `type` that are a level; `metric`, the guide's measure of an edge function, is INFO."""

EVENT_KEYS = ("event_type", "metadata_event_type")
EVENT_HOLDERS = ("metadata", "log_attributes")
EVENTS = ("BootFailure", "UncaughtException")
"""Events of the edge runtime that are errors whatever their level says, at the top or in one of EVENT_HOLDERS."""
SHUTDOWN = "Shutdown"
REASON_KEYS = ("reason", "metadata_reason")
REASONS = ("Memory", "CPUTime", "WallClockTime")
"""Why the runtime shut a worker down, when that is an error."""
CRASH_KEY, CRASH = "statusCode", -1
"""How a row of Vercel's drain says that the function crashed."""

MONOLOG = (100, 200, 250, 300, 400, 500, 550, 600)
"""Numbers of monolog under `level`: the word under `level_name` says what they mean."""
INVOKED = ("platform.report", "platform.runtimeDone", "platform.initReport", "platform.initRuntimeDone")
FAILED = ("timeout", "error", "failure")
"""Lambda's own lines about an invocation, and the `record.status` with which it did not succeed."""

PLACES = {key: (role, rank) for role, names in ROLES.items() for rank, key in enumerate(names)}
KNOWN = frozenset(PLACES) - {"exception", "_id"} | frozenset(KEYS) | frozenset(SCALES) | {"type", "context"}
"""Keys that are not context."""
