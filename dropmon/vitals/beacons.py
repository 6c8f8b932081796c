"""Beacons of the user's own visitors: the table they lie in, the script that sends them, the query that reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import quote

from dropmon.vitals import publishable
from dropmon.vitals.vital import VITALS, Rating

TABLE = "public.web_vitals"
NAME = "[A-Za-z_][A-Za-z0-9_-]"  # what a name begins with, and goes on with
SINGULAR = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]{3,}", re.IGNORECASE | re.ASCII)  # as snippet.js has it
LONGEST = 50  # letters of a table's name: PostgreSQL cuts that of its index at 63
FORM_FACTORS = ("phone", "tablet", "desktop")
NAVIGATIONS = (
    "navigate", "reload", "back-forward", "back-forward-cache", "prerender", "restore", "soft-navigation",
)  # fmt: skip


class Seen(NamedTuple):
    """The visits of one kind: how many, their p75, and how many of them had which rating."""

    vital: str
    form_factor: str
    navigation: str
    visits: int
    p75: float  # seconds; CLS: a ratio
    shares: Mapping[Rating, float]


def table_name(text: str) -> str:
    """A table, perhaps with its schema, letter by letter as it is called.

    >>> table_name("public.web_vitals")
    'public.web_vitals'
    >>> table_name("a; drop table b")
    Traceback (most recent call last):
    ValueError: 'a; drop table b' is not the name of a table: write public.web_vitals
    """
    if not re.fullmatch(rf"(?:{NAME}{{0,62}}\.)?{NAME}{{0,{LONGEST - 1}}}", text):
        raise ValueError(f"{text!r} is not the name of a table: write {TABLE}")
    return text


def in_schema(table: str) -> tuple[str, str]:
    """Schema and name of a table: without one it is in public, whoever asks.

    >>> in_schema("order"), in_schema("shop.order")
    (('public', 'order'), ('shop', 'order'))
    """
    schema, _, name = table_name(table).rpartition(".")
    return schema or "public", name


def quoted(table: str) -> str:
    """A table as SQL takes it, be it called like a word of SQL's own.

    >>> quoted("order")
    '"public"."order"'
    """
    return ".".join(f'"{part}"' for part in in_schema(table))


def definition(table: str = TABLE, role: str = "anon", per_minute: int = 6000) -> str:
    """The SQL that makes the table: whoever has the role may only add to it, small rows, and so many a minute."""
    schema, name = in_schema(table)
    if not re.fullmatch(rf"{NAME}{{0,62}}", role):
        raise ValueError(f"{role!r} is not the name of a role: write anon")
    made = f'create schema if not exists "{schema}";\ngrant usage on schema "{schema}" to "{role}";\n'
    given = {
        "table": quoted(table), "name": name, "schema": f'"{schema}"', "made": "" if schema == "public" else made,
        "role": f'"{role}"', "role_name": role, "role_text": f"'{role}'", "limit": str(per_minute),
        "vitals": _texts(VITALS), "form_factors": _texts(FORM_FACTORS), "navigations": _texts(NAVIGATIONS),
    }  # fmt: skip
    return _filled("table.sql", given)


def snippet(url: str, key: str, table: str = TABLE) -> str:
    """The module that measures in the browser and adds rows through PostgREST, as Supabase has it.

    `key` is the publishable one (anon): it stands in the page for everybody to read. Raises ValueError for a secret.
    """
    schema, name = in_schema(table)
    given = {
        "url": json.dumps(f"{publishable.address(url)}/rest/v1/{name}").replace("<", "\\u003c"),
        "key": json.dumps(publishable.key(key)).replace("<", "\\u003c"),
        "profile": f"'Content-Profile': '{schema}', " if schema != "public" else "",
    }
    return _filled("snippet.js", given)


def template(path: str) -> str:
    """A path as the script keeps it: escaped as in an address, `:id` in the place of what is of one thing alone.

    >>> template("/product/123456/café"), template("/p/0b1f7c1e-1111-4222-8333-444455556666"), template("/product/:id")
    ('/product/:id/caf%C3%A9', '/p/:id', '/product/:id')
    """
    return SINGULAR.sub(":id", quote(path, safe="/:@!$&'()*+,;=~%-._"))[:200]


def query(table: str = TABLE) -> str:
    """The query that reads them, within `%(seconds)s` of now: a row for each vital, device and kind of navigation."""
    limits = ", ".join(
        f"('{vital.name}', {_native(vital.name, vital.limits[0])!r}, {_native(vital.name, vital.limits[1])!r})"
        for vital in VITALS.values()
    )
    return _filled("read.sql", {"table": quoted(table), "limits": limits})


def read(rows: Sequence[Mapping[str, Any]]) -> Iterator[Seen]:
    """What the rows of the query mean."""
    for row in rows:
        unit = 1.0 if VITALS[row["name"]].unit == "ratio" else 0.001
        count, good, fair = int(row["count"]), int(row["good"]), int(row["fair"])
        shares = dict(zip(Rating, (good / count, fair / count, (count - good - fair) / count), strict=True))
        p75 = round(row["p75"] * unit, 9)
        yield Seen(row["name"], row["form_factor"], row["navigation_type"], count, p75, shares)


def _native(name: str, limit: float) -> float:
    """A limit as beacons have it: milliseconds, but for CLS."""
    return limit if VITALS[name].unit == "ratio" else limit * 1000


def _texts(words: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _filled(file: str, given: Mapping[str, str]) -> str:
    text = files(__package__).joinpath(file).read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: given[found[1]], text)
