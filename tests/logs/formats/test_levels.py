"""The level of an entry: where each maker writes it, and what only looks like one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dropmon.logs import formats
from dropmon.logs.level import Level
from tests.logs.formats.cases import D, E, F, N, T, U, W, one, read

DOCUMENTS: list[tuple[dict[str, Any], Level]] = [
    ({"level": "error", "message": "x"}, E),
    ({"level": " ERR ", "message": "x"}, E),
    ({"level": "info", "context": {"level": "error"}, "message": "x"}, N),
    ({"level": "info", "error": None, "message": "x"}, N),
    ({"level": "info", "message": 'said {"level":"error"}'}, N),
    ({"level": "info", "message": '{"level":"error"}'}, N),
    ({"context": {"level": "error"}, "message": "x"}, U),
    ({"type": "metric", "function": "f", "duration": 1}, N),
    ({"type": "error", "function": "f", "error": "boom"}, E),
    ({"type": "error", "function": "f", "error": {"message": "boom"}}, E),
    ({"type": "Error ", "function": "f"}, E),
    ({"type": "stderr", "function": "f"}, U),
    ({"level": 50, "msg": "x"}, E),
    ({"level": "50", "msg": "x"}, E),
    ({"level": 40, "msg": "x"}, W),
    ({"level": 35.5, "msg": "x"}, N),
    ({"level": 60}, F),
    ({"levelno": 40}, E),
    ({"levelname": "CRITICAL", "levelno": 50}, F),
    ({"PRIORITY": "3", "MESSAGE": "x"}, E),
    ({"PRIORITY": "6", "MESSAGE": "x"}, N),
    ({"PRIORITY": 0}, F),
    ({"severityNumber": 17}, E),
    ({"severityNumber": "SEVERITY_NUMBER_WARN2"}, W),
    ({"log.level": "ERROR"}, E),
    ({"log": {"level": "warn", "logger": "x"}, "message": "m"}, W),
    ({"@t": "2026-11-23T06:33:09Z", "@m": "x"}, N),
    ({"@t": "2026-11-23T06:33:09Z", "@m": "x", "@l": "FTL"}, F),
    ({"Level": {"Name": "ERROR", "No": 40}}, E),
    ({"record": {"level": {"name": "ERROR", "no": 40}, "message": "m"}, "text": "m\n"}, E),
    ({"severity": "NOTICE", "textPayload": "ok"}, N),
    ({"severity": "DEFAULT", "textPayload": "ERROR boom"}, E),
    ({"severity": "DEFAULT", "jsonPayload": {"level": "error", "message": "boom"}}, E),
    ({"LEVEL": "Error"}, E),
    ({"level": "weird", "severity": "error"}, E),
    ({"level": None, "severity": "error"}, E),
    ({"level": "weird", "message": "ERROR: boom"}, E),
    ({"level": None}, U),
    ({"level": True}, U),
    ({"level": []}, U),
    ({"level": {}}, U),
    ({"level": ""}, U),
    ({"level": -50}, U),
    ({"level": 10**30}, F),
    ({"level": "tr\u212ace"}, U),
    ({"level": "\u017fevere"}, U),
    ({"level": "\x1b[31merror\x1b[39m"}, E),
    ({"type": "platform.report", "record": {"status": "timeout"}}, E),
    ({"type": "platform.report", "record": {"status": "success"}}, U),
    ({"SeverityText": "Error"}, E),
    ({"SeverityNumber": 17}, E),
    ({"EventId": 0, "LogLevel": "Error", "Message": "x"}, E),
    ({"errorType": "Error", "errorMessage": "x"}, E),
    ({"message": "x", "level": 400, "level_name": "ERROR", "channel": "app"}, E),
    ({"message": "x", "level": 200, "level_name": "INFO", "channel": "app"}, N),
    ({"message": "x", "level": 30, "level_name": "ERROR"}, N),
    ({"version": "1.1", "host": "h", "short_message": "x", "level": 3}, E),
    ({"version": "1.1", "host": "h", "short_message": "x", "level": 6}, N),
]

ROWS: list[tuple[dict[str, Any], Level]] = [
    ({"event_message": '{"level":"error"}', "level": "info"}, E),
    ({"event_message": '{"level":"info"}', "level": "error"}, N),
    ({"event_message": '{"type":"error","function":"f"}', "metadata": {"level": "log"}}, E),
    ({"event_message": "[Error] retry", "level": "warning"}, E),
    ({"event_message": "fine", "level": "error"}, E),
    ({"event_message": '{"no":"level"}', "level": "warn"}, W),
    ({"event_message": "\x1b[31merror\x1b[0m: x", "metadata": [{"level": "info"}]}, E),
    ({"event_message": "booted", "level": "info", "metadata": {"event_type": "BootFailure"}}, E),
    ({"event_message": "x", "level": "log", "log_attributes": {"event_type": "UncaughtException"}}, E),
    ({"event_message": "shutdown", "level": "log", "metadata": {"event_type": "Shutdown", "reason": "Memory"}}, E),
    ({"event_message": "shutdown", "level": "log", "metadata": {"event_type": "Shutdown", "reason": "EarlyDrop"}}, N),
    ({"message": "crash", "deploymentId": "d", "level": "info", "statusCode": -1}, E),
    ({"message": "ok", "rowId": "d", "level": "info", "responseStatusCode": -1}, N),
    ({"message": 'START RequestId: 1\n{"level":"error"}\nEND', "deploymentId": "d", "level": "info"}, E),
    ({"message": "x", "rowId": "1", "level": "info", "logs": [{"level": "error", "message": "boom"}]}, E),
    ({"log": '{"level":"error"}\n', "stream": "stdout", "time": "2026-11-23T06:33:09.984Z"}, E),
    ({"log": "ERROR boom\n", "stream": "stderr"}, E),
    ({"line": '{"level":"error"}', "labels": {"detected_level": "info"}}, E),
    ({"line": "boom", "labels": {"detected_level": "error"}}, E),
    ({"message": '{"level":"ERROR"}\n', "eventId": "1", "timestamp": 1}, E),
    (
        {
            "message": "2026-11-23T06:33:09Z boom",
            "ddsource": "s",
            "data": {"event_message": "b", "metadata": {"level": "error"}},
        },
        E,
    ),
    ({"MESSAGE": "ERROR: boom", "PRIORITY": "6"}, E),
    ({"body": {"stringValue": "x"}, "severityText": "Error"}, E),
    ({"event_message": "{ level: 'error', message: 'x' }", "level": "log"}, E),
    ({"event_message": '{"level":"error","message":"cut o', "level": "log"}, E),
    ({"message": "x", "rowId": "1", "level": "info", "logs": [{"level": "fatal error", "message": "x"}]}, N),
    ({"message": '{"level":"error"}'}, E),
    ({"msg": "Uncaught TypeError: x"}, E),
    ({"log": json.dumps({"event_message": json.dumps({"level": "error"}), "level": "info"}), "stream": "o"}, E),
]


@pytest.mark.parametrize(("doc", "level"), DOCUMENTS, ids=lambda each: json.dumps(each)[:50])
def test_a_document_names_its_level(doc: dict[str, Any], level: Level) -> None:
    assert one(json.dumps(doc, ensure_ascii=False)).level == level


@pytest.mark.parametrize(("doc", "level"), ROWS, ids=lambda each: json.dumps(each)[:50])
def test_the_innermost_level_of_a_row_counts(doc: dict[str, Any], level: Level) -> None:
    assert one(json.dumps(doc)).level == level


ID = "4148955a-4bf6-4ae9-8736-95826ac8a414"
TEXTS: list[tuple[str, Level, str]] = [
    ("2024-11-15 20:12:14 [error   ] payment failed", E, "payment failed"),
    ("[Error] retry 1/3", E, "retry 1/3"),
    ("[Warning] slow", W, "slow"),
    ("error budget ok", U, "error budget ok"),
    ("0 errors, all good", U, "0 errors, all good"),
    ("the level is ERROR now", U, "the level is ERROR now"),
    ("an [error] in a sentence", U, "an [error] in a sentence"),
    ("2026-11-23T06:33:09.984Z\t4148955a-4bf6-4ae9-8736-95826ac8a414\tERROR\tboom", E, "boom"),
    ("2024-11-15 20:12:14,123 app.module ERROR boom", E, "boom"),
    ("2024-11-15 20:12:14,123 - app - ERROR - boom", E, "boom"),
    ("ERROR:root:boom", E, "root:boom"),
    ("20:12:14.123 [main] ERROR c.e.App - boom", E, "c.e.App - boom"),
    ("2024-11-15T20:12:14Z ERROR 1234 --- [main] c.e.App : boom", E, "1234 --- [main] c.e.App : boom"),
    ("[2024-11-15T20:12:14Z ERROR app] boom", E, "app] boom"),
    ("[Fri Nov 15 20:12:14.123 2024] [core:error] [pid 1] boom", E, "[pid 1] boom"),
    ("2024/11/15 20:12:14 [error] 12#12: boom", E, "12#12: boom"),
    ("[2024-11-15T20:12:14+00:00] app.ERROR: boom", E, "boom"),
    ("E, [2024-11-15T20:12:14.1 #12] ERROR -- : boom", E, "boom"),
    ("2024-11-15 20:12:14.123 UTC [123] ERROR:  relation x", E, "relation x"),
    ("E1123 12:34:56.123456 1 file.go:12] boom", E, "1 file.go:12] boom"),
    ("I1123 12:34:56.123456 1 file.go:12] ok", N, "1 file.go:12] ok"),
    ('time=2024-11-15T20:12:14Z level=error msg="boom"', E, "boom"),
    ('level=info msg="set level=error"', N, "set level=error"),
    ("payment done level=warn", W, "payment done level=warn"),
    ("Uncaught (in promise) TypeError: x", E, "Uncaught (in promise) TypeError: x"),
    ("TypeError: x is undefined", E, "TypeError: x is undefined"),
    ("java.lang.IllegalStateException: x", E, "java.lang.IllegalStateException: x"),
    ("Error [ERR_MODULE_NOT_FOUND]: x", E, "Error [ERR_MODULE_NOT_FOUND]: x"),
    ("Traceback (most recent call last):", E, "Traceback (most recent call last):"),
    ("panic: runtime error", F, "runtime error"),
    ("npm ERR! code 1", E, "npm ERR! code 1"),
    ("thread 'main' panicked at src/main.rs:1", F, "thread 'main' panicked at src/main.rs:1"),
    ("user worker failed to respond: x", E, "user worker failed to respond: x"),
    ("wall clock duration warning: isolate", W, "wall clock duration warning: isolate"),
    ("POST | 503 | https://x/functions/v1/f", E, "POST | 503 | https://x/functions/v1/f"),
    ("GET | 200 | https://x", U, "GET | 200 | https://x"),
    ("http://example.com", U, "http://example.com"),
    ("web-1  | [error] boom", E, "boom"),
    ('web-1  | {"level":"error","message":"boom"}', E, "boom"),
    ('2025-10-20T10:36:41.130000001Z [Error] {"level":"info","message":"ok"}', N, "ok"),
    ('[Error] {"no":"level","message":"m"}', E, "m"),
    ("<11>1 2026-11-23T06:33:09Z host app 1 - - boom", E, "boom"),
    ("<14>Nov 23 06:33:09 host app[1]: ERROR boom", E, "boom"),
    ('<11>1 2026-11-23T06:33:09Z host app 1 - - {"level":"info","msg":"ok"}', N, "ok"),
    ("\x1b[31m[\x1b[1merror\x1b[0m] boom", E, "boom"),
    ("\x1b[32mINFO\x1b[0m:     started", N, "started"),
    ('2026-11-23T06:33:09Z {app="a", level="error"} boom', E, "boom"),
    ("2026-11-23T06:34:57.488Z functions [Error] retry\\n", E, "retry"),
    ("2026-11-23T06:34:57.488Z functions one\\nERROR two\\n", U, "one"),
    ("2026-11-23T06:34:57.488Z stdout F ERROR boom", E, "boom"),
    ("\0\0ERROR boom", E, "boom"),
    ("\ufeffERROR boom", E, "boom"),
    ("2026-11-23 06:30:02,123 - payments - ERROR - card refused", E, "card refused"),
    ("2026-11-23 06:30:02,123 - payments - declined", U, "- payments - declined"),
    ("2026-11-23 06:30:02.123 UTC [12] user=postgres,db=postgres,app=x ERROR:  relation", E, "relation"),
    ("2026-11-23 06:30:02 UTC:10.0.0.1(5432):u@db:[123]:ERROR:  relation", E, "relation"),
    ("\u274c Error: x", E, "Error: x"),
    ("\u26a0\ufe0f ERROR x", E, "x"),
    ("\U0001f525 fatal: x", F, "x"),
    ("Task timed out after 3.00 seconds", E, "Task timed out after 3.00 seconds"),
    (f"2026-11-23T06:33:09.984Z {ID} Task timed out after 3.00 seconds", E, "Task timed out after 3.00 seconds"),
    (f"RequestId: {ID} Error: Runtime exited", E, "Error: Runtime exited"),
    (f"START RequestId: {ID} Version: 1", U, f"START RequestId: {ID} Version: 1"),
    ("REPORT RequestId: 1\tDuration: 3 ms\tStatus: timeout", E, "REPORT RequestId: 1\tDuration: 3 ms\tStatus: timeout"),
    ("REPORT RequestId: 1\tDuration: 3 ms", U, "REPORT RequestId: 1\tDuration: 3 ms"),
    ("fail: Ns.Class[0]", E, "fail: Ns.Class[0]"),
    ("fail: over", U, "fail: over"),
    ("crit: Ns.Class[0]", F, "Ns.Class[0]"),
    ("[E] x", E, "x"),
    ("12:00:01 [W] x", W, "x"),
    ("[Error: x]", E, "[Error: x]"),
    ("[TypeError [ERR_X]: y]", E, "[TypeError [ERR_X]: y]"),
    ("Error response from daemon: no", E, "Error response from daemon: no"),
    ("Error budget ok", U, "Error budget ok"),
    ("psycopg2.errors.UniqueViolation: dup", E, "psycopg2.errors.UniqueViolation: dup"),
    ("requests.exceptions.ConnectTimeout: host", E, "requests.exceptions.ConnectTimeout: host"),
    ("12:00:01 app.jobs.CheckTimeout: none", U, "12:00:01 app.jobs.CheckTimeout: none"),
    ("KeyboardInterrupt", E, "KeyboardInterrupt"),
    ("foo.bar.DeprecationWarning: old", W, "foo.bar.DeprecationWarning: old"),
    ("INFO a\rERROR b\rERROR c\r", E, "a\rERROR b\rERROR c"),
    ('2026-11-23 06:30:00,123 INFO {"level":"error","message":"m"}', E, "m"),
    ('2026-11-23 06:30:00,123 INFO - {"level":"error","message":"m"}', E, "m"),
    ('api-7d9c-x2x8p drop-api {"level":"error","message":"m"}', E, "m"),
    ('pre-flight check {"level":"error"}', E, 'pre-flight check {"level":"error"}'),
    ('x {"level":"error","message":"m"}', E, "m"),
    ('x {"a":1} y {"type":"error","function":"f","error":"m"} ', E, "m"),
    ('2026-11-23T10:00:00.123456+00:00 app[web.1]: {"level":"error","message":"m"}', E, "m"),
    ('2026-11-23T10:00:00Z app[d89] cdg [info]{"level":"error","message":"m"}', E, "m"),
    ('api:dev: {"level":"error","message":"m"}', E, "m"),
    ("api:dev: ERROR boom", E, "boom"),
    ("@acme/api:dev: [Error] boom", E, "boom"),
    ('data: {"level":50,"msg":"m"}', E, "m"),
    ("web-1 web [Error] boom", E, "boom"),
    ("web-1 web 2026-11-23 10:00:00 ERROR boom", E, "boom"),
    ("web-1 web ERROR boom", E, "boom"),
    ("shop-web-0 web ERROR: boom", E, "boom"),
    ("shop-7d9c5b6f4-x2x9k api ERROR boom", E, "boom"),
    ("shop-7d9c5b6f4-x2x9k api [Error] boom", E, "boom"),
    ("report-29012345-x2x9k job ERROR boom", E, "boom"),
    ("job-42 finished ERROR budget left", U, "job-42 finished ERROR budget left"),
    ("job-20261123-night finished ERROR budget left", U, "job-20261123-night finished ERROR budget left"),
    ("step-3 of ERROR handling done", U, "step-3 of ERROR handling done"),
    ("step-3 of [Error] handling", U, "step-3 of [Error] handling"),
    ("phase-2 completed WARNING free", U, "phase-2 completed WARNING free"),
    ("web-1 web starting the ERROR page", U, "web-1 web starting the ERROR page"),
    ('INFO got {"level":"error"}', N, 'got {"level":"error"}'),
    ('x {"level":"info","message":"ERROR: no"}', N, "ERROR: no"),
    ('x {"level":"error"} was sent', U, 'x {"level":"error"} was sent'),
    ('x {"context":{"level":"error"}}', U, 'x {"context":{"level":"error"}}'),
    ('{"msg":"x {\\"level\\":\\"error\\",\\"msg\\":\\"m\\"}"}', E, "m"),
    ('"{\\"level\\":\\"error\\",\\"message\\":\\"m\\"}"', E, "m"),
]

SYSLOG = (  # rsyslog's of today and of old, with a process and without, journalctl's and Heroku's
    "2026-11-23T10:00:00.123456+00:00 host node[123]: ",
    "2026-11-23T10:00:00.123456+00:00 host node: ",
    "2026-11-23T10:00:00.123Z host node[123]: ",
    "2026-11-23T10:00:00+0000 host node[123]: ",
    "2026-11-23T10:00:00.123456+00:00 node[web.1]: ",
    "Nov 23 10:00:00 host node[123]: ",
    "Nov 23 10:00:00 host node: ",
    "Nov 23 10:00:00 db-1.shop_eu.example node: ",
    "<14>Nov 23 10:00:00 host node: ",
)


@pytest.mark.parametrize("front", SYSLOG)
@pytest.mark.parametrize(
    ("said", "level", "message"),
    [
        ('{"level":"error","message":"boom"}', E, "boom"),
        ('{"level":"info","message":"ERROR: quoted"}', N, "ERROR: quoted"),
        ("ERROR boom", E, "boom"),
        ("[error] boom", E, "boom"),
        ("ERROR:  relation x", E, "relation x"),
        ("[ 12.345] error: boom", E, "boom"),
        ("Traceback (most recent call last):", E, "Traceback (most recent call last):"),
        ("ValueError: x", E, "ValueError: x"),
        ("Started session 1.", U, "Started session 1."),
    ],
)
def test_a_line_of_syslog_is_as_serious_as_what_the_program_said(
    front: str, said: str, level: Level, message: str
) -> None:
    entry = one(front + said)
    priority = N if front[0] == "<" else U
    assert (entry.level, entry.message, entry.service) == (max(level, priority), message, "node")
    assert (entry.time is None) == ("Nov" in front)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T10:00:00+00:00 ERROR main: boom",
        "2026-11-23T10:00:00Z ERROR main[1]: boom",
        "2026-11-23T10:00:00+00:00 error: boom",
        "2026-11-23T10:00:00+00:00 TypeError: x",
        "2026-11-23T10:00:00+00:00 Uncaught TypeError: x",
        "2026-11-23T10:00:00+00:00 npm error: x",
        "Nov 23 10:00:00 ERROR main: boom",
        "ERROR main[1]: boom",
        *(
            f"{stamp} {level} {program}: payment failed"
            for stamp in ("Nov 23 10:00:00", "2026-11-23T10:00:00+01:00", "<14>Nov 23 10:00:00")
            for level in (
                "level=error",
                "severity=ERROR",
                "lvl=error",
                "ERROR,",
                "ERROR;",
                "ERROR|",
                "ERROR)",
                "FATAL,",
            )
            for program in ("app", "logger[3]")
        ),
        "2026-11-23T10:00:00Z level=error logger[3]: refused",
    ],
)
def test_a_level_or_an_exception_behind_a_stamp_is_no_host_and_no_program(text: str) -> None:
    entry = one(text)
    assert (entry.level, entry.service) == (F if "FATAL" in text else E, None)


@pytest.mark.parametrize(("text", "level", "message"), TEXTS, ids=lambda each: str(each)[:40])
def test_a_text_names_its_level_at_its_start(text: str, level: Level, message: str) -> None:
    entry = one(text)
    assert (entry.level, entry.message) == (level, message)
    assert entry.parsed


def test_a_line_that_is_wrapped_around_a_document_does_not_change_it() -> None:
    line = '{"timestamp":"2026-11-23T06:30:02.000Z","level":"error","service":"s","message":"m","requestId":"r"}'
    wraps = (
        "{}",
        " {}",
        "\ufeff{}",
        "{}\r",
        "web-1  | {}",
        "[Info] {}",
        "2025-10-20T10:36:41.130000001Z {}",
        "\x1b[32m{}\x1b[0m",
        "2026-11-23T06:34:57.488Z functions {}\\n",
        '2026-11-23T06:34:57.488Z {{app="a"}} {}',
        "{}\n",
        "{}\n\n",
        "web-1  | 2025-10-20T10:36:41.130000001Z {}",
    )
    for wrap in wraps:
        entry = one(wrap.format(line))
        assert (entry.level, entry.message, entry.service, entry.request) == (E, "m", "s", "r"), wrap
        assert entry.time == 1795415402.0, wrap


def test_a_document_printed_over_many_lines_is_one_entry_even_behind_prefixes() -> None:
    pretty = json.dumps({"level": "error", "message": "m"}, indent=2)
    for text in (pretty, "\n".join("web-1  | " + line for line in pretty.split("\n"))):
        assert (one(text).level, one(text).message) == (E, "m")


def test_the_guide_s_logger_gives_its_stack() -> None:
    doc = {
        "level": "error",
        "message": "m",
        "context": {"a": 1, "error": {"message": "boom", "stack": "Error: boom\n at f"}},
    }
    entry = one(json.dumps(doc))
    assert entry.trace == "Error: boom\n at f"
    assert entry.context["a"] == 1


def test_lines_below_a_document_are_its_trace() -> None:
    assert one('{"level":"error","message":"m"}\n    at f\n    at g').trace == "    at f\n    at g"


@pytest.mark.parametrize(
    ("doc", "seconds"),
    [
        ({"type": "metric", "duration": 112}, 0.112),
        ({"level": "info", "durationMs": 5}, 0.005),
        ({"level": "info", "duration": "1.5s"}, 1.5),
        ({"level": "info", "duration": None}, None),
        ({"event_message": "x", "log_attributes": {"execution_time_ms": "812"}}, 0.812),
    ],
)
def test_a_duration_is_seconds(doc: dict[str, Any], seconds: float | None) -> None:
    assert one(json.dumps(doc)).duration == seconds


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"message":"Unauthorized"}', "Unauthorized"),
        ('{"message":"card accepted"}', None),
        ('{"error":"Unauthorized"}', "Unauthorized"),
        ('{"errors":[{"message":"Forbidden"}]}', "Forbidden"),
        ('{"errors":["Forbidden"],"data":null}', "Forbidden"),
        ('{"statusCode":401}', "the input says that it failed (401)"),
        ('{"statusCode":401,"error":"Unauthorized"}', "Unauthorized (401)"),
        ('{"type":"error","function_name":"f","duration":3,"error":{"code":"X"}}', None),
        ('{"type":"error","status":500,"error":{"code":"X"}}', None),
        ("<head><title>502 Bad Gateway</title></head>", "the input is a page of a web server: 502 Bad Gateway"),
        (
            "<html><body><h1>503 Service Unavailable</h1>",
            "the input is a page of a web server: 503 Service Unavailable",
        ),
        ("<html>", None),
        ("Row 1", "the CLI's table of rows cannot be read: add --output-format stream-json"),
        ("Row 1 of 3", None),
        ('{"message":"Unauthorized","code":401}', "Unauthorized (401)"),
        ('{"statusCode":404,"error":"not found","message":"no project"}', "no project (404)"),
        ('{"result":[],"error":{"code":400,"message":"bad sql"}}', "bad sql (400)"),
        ('{"_tag":"Error","error":{"code":"X","message":"m"}}', "m (X)"),
        ('{"type":"error","function":"f","error":{"message":"boom"}}', None),
        ('{"level":"error","message":"m","error":{"message":"boom"}}', None),
        ('{"type":"error","message":"m","error":{"message":"boom"}}', None),
        ('{"time":1,"message":"m","code":1}', None),
    ],
)
def test_the_input_failed_when_its_maker_says_so(body: str, sentence: str | None) -> None:
    assert one(body).failure == sentence


def test_levels_of_the_vocabulary_are_known_in_any_case() -> None:
    assert one('{"severity":"Trace"}').level == T
    assert one("[DBG] x").level == D
    assert formats.level(b'{"level":"Dbg"}') == D


TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    raise E\n'


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("[Info] x\n" + TRACEBACK + "ValueError: x\n", [N, E]),
        ("[Info] x\n" + TRACEBACK + "psycopg2.errors.UniqueViolation: x\n[Info] y\n", [N, E, N]),
        (TRACEBACK + "KeyboardInterrupt\n[Info] y\n", [E, N]),
        (TRACEBACK + "KeyError: 1\n\nDuring handling of the above exception, x:\n\n" + TRACEBACK + "E: x\n", [E]),
        ("".join("web-1  | " + line + "\n" for line in (TRACEBACK + "ValueError: x").split("\n")), [E]),
        ("[Info] x\nTypeError: x\n    at f\n", [N, E]),
        ("[Info] x\n    at f\nTypeError: x\n", [N, E]),
        (TRACEBACK + TRACEBACK, [E, E]),
    ],
)
def test_a_traceback_of_python_is_one_error_from_its_first_line_to_its_last(text: str, levels: list[Level]) -> None:
    assert [entry.level for entry in read(text.encode())] == levels
