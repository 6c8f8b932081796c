"""What Supabase's log API does with the questions that are asked here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dropmon.logs.sources.kinds.supabase import Supabase as Source
from dropmon.logs.window import Window
from tests.logs.sources.service import Asked, Reply, Service, reply

REF = "abcdefghijklmnopqrst"
TOKEN = "sbp_0123456789abcdef0123456789abcdef01234567"
NOW = 1795415700.0
HOUR = Window(NOW - 3600, NOW)
FUNCTION = "6d7d2b0f-2c0e-4b6f-9d2b-0c2f7c1f0a11"
Row = dict[str, Any]


def row(id: str, ts_ms: int, message: str, level: str = "log", source: str = "function_logs") -> Row:
    attributes = {"level": level, "function_id": FUNCTION, "event_type": "Log"}
    return {
        "id": id, "ts_ms": ts_ms, "source": source, "severity_text": "", "level": level, "event_message": message,
        "log_attributes": attributes,
    }  # fmt: skip


class Supabase(Service):
    """Holds rows; `cap` is the most that one page holds, `column` the name that the stream's column has."""

    def __init__(self, rows: list[Row], column: str = "source") -> None:
        super().__init__()
        self.rows, self.column = rows, column
        self.listed = 0  # times that the functions were asked for
        self.functions: list[dict[str, str]] | None = [{"id": FUNCTION, "slug": "monitoring"}]

    @property
    def questions(self) -> list[str]:
        return [asked.query["sql"] for asked in self.seen if "sql" in asked.query]

    def exchange(self, asked: Asked) -> Reply:
        if asked.path.endswith("/functions"):  # not part of the script
            self.listed += 1
            return reply(self.functions) if self.functions is not None else reply({"message": "Forbidden"}, 403)
        return super().exchange(asked)

    def respond(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            return reply({"message": "Unauthorized"}, 401)
        if asked.path != f"/v1/projects/{REF}/analytics/endpoints/logs":
            return reply({"message": "Project not found"}, 404)
        since, until = (
            datetime.fromisoformat(asked.query[f"iso_timestamp_{end}"]).timestamp() // 60 * 60
            for end in ("start", "end")
        )
        if until - since > 86400:
            return reply({"message": "the time range must be at most 24 hours"}, 400)
        sql = asked.query["sql"]
        if f"({self.column} = 'postgres_logs'" not in sql:
            error = {"code": 400, "message": "Unknown expression identifier `source`", "status": "INVALID_ARGUMENT"}
            return reply({"result": [], "error": error})
        rows = [each for each in self.rows if since * 1000 <= each["ts_ms"] < until * 1000 and matches(each, sql)]
        rows.sort(key=lambda each: (each["ts_ms"], each["id"]))
        limit = re.search(r" order by ts_ms asc, id asc limit (\d+)$", sql)
        assert limit
        return reply({"result": rows[: int(limit[1])], "error": None})


def matches(row: Row, sql: str) -> bool:
    """The conditions that matter, as ClickHouse reads them."""
    first, end = (int(each) for each in re.findall(r"ts_ms (?:>=|<) (\d+)", sql)[:2])
    if not first <= row["ts_ms"] < end:
        return False
    after = re.search(r"\(ts_ms > (\d+) or \(ts_ms = \1 and id > '([^']*)'\)\)", sql)
    if after and (row["ts_ms"], row["id"]) <= (int(after[1]), after[2]):
        return False
    streams = re.search(r"where (?:source|source_name) in \(([^)]*)\)", sql)
    if streams and repr(row["source"]) not in streams[1]:
        return False
    wide = re.search(r"match\(concat\(.*\), '(\(\?i\)(?:[^'\\]|\\.)*)'\)", sql)
    text = f"{row['event_message']} {row['severity_text']} {row['level']}"
    return not wide or bool(re.search(re.sub(r"\\(.)", r"\1", wide[1]), text))


def clock() -> float:
    return NOW


def source(service: Supabase, **given: Any) -> Source:
    return Source.model_validate({"project": REF, "token": TOKEN, "api": service.url, "timeout": "5s", **given})


def ids(lines: Iterator[bytes]) -> list[str]:
    return [json.loads(line)["id"] for line in lines]


def at(seconds: float) -> int:
    return int((NOW - seconds) * 1000)
