"""`databases:` the PostgreSQL servers that are watched, and that queries run on."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field

from dropmon.rules.types import Address, Duration, Percent, Rate, Section, Size


class Thresholds(Section):
    """From where on a number is a warning."""

    connections: Percent = Field(Fraction(4, 5), description="Share of max_connections in use.")
    slow_query: Duration = Field(0.1, description="Mean time of one statement in pg_stat_statements.")
    long_query: Duration = Field(300.0, description="How long one query may have been running.")
    cache_hit: Percent = Field(Fraction(19, 20), description="Share of blocks found in shared buffers; lower is worse.")
    deadlocks: Rate = Field((Fraction(0), 86400.0), description="More than this many.")
    table_growth: Rate = Field((Fraction(1, 5), 604800.0), description="Growth of one table.")
    table_size: Size = Field(67108864, description="Smaller tables may grow as they like.")


class Database(Section):
    """A PostgreSQL server: read only, with its own deadline."""

    url: Address = Field(description="postgresql://user:password@host:port/database, or a libpq connection string.")
    timeout: Duration = Field(10.0, description="Of connecting, of each statement, of both for a query of targets.")
    every: Duration = Field(300.0, description="How often it is checked; its samples stand for 2.5 times as long.")
    thresholds: Thresholds = Field(default_factory=Thresholds, description="From where on a number is a warning.")
    tags: tuple[str, ...] = Field((), description="Words for `--tag`.")
    labels: dict[str, str] = Field({}, description="Labels on every sample of this database.")
    runbook: str | None = Field(None, description="The page that says what to do.")


SHAPE = dict[str, Database]
empty = SHAPE
