"""`logs:` where log lines come from when they are not piped in."""

from __future__ import annotations

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Listed, Secret, Section


class SupabaseLogs(Section):
    """The project's log API."""

    project: str = Field(description="The project's reference: 20 letters.")
    token: Secret = Field(description="A personal access token (sbp_…).")
    api: Url = "https://api.supabase.com"
    services: Listed[str] = Field((), description="edge_logs, function_logs, postgres_logs …; default: all.")


class LogFile(Section):
    """A file that grows."""

    path: str = Field(description="A path or pattern, beside the rules file.")
    service: str | None = Field(None, description="The service of lines that do not name one.")


class Logs(Section):
    """Where log lines come from when they are not piped in."""

    supabase: SupabaseLogs | None = None
    files: dict[str, LogFile] = Field({}, description="Named files.")
    every: Duration = Field(300.0, description="How often they are counted.")


SHAPE = Logs
empty = Logs.model_construct
