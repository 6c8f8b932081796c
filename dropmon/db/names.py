"""Names of roles, schemas and the like in SQL that somebody pastes."""

from __future__ import annotations

import re

from dropmon.output import clean

PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
KEYWORDS = frozenset(  # of PostgreSQL 13 to 18, those that quote_ident quotes
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default
    deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
    greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
    json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national
    natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay
    placing position precision primary real references returning right row select session_user setof similar
    smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true
    union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()  # noqa: SIM905
)
WITHHELD = "…"  # a mistake in any SQL


def quoted(name: str) -> str:
    """A name as SQL writes it, as quote_ident does.

    >>> quoted("app"), quoted('a"b'), quoted("user")
    ('app', '"a""b"', '"user"')
    """
    plain = PLAIN.fullmatch(name) and name not in KEYWORDS
    return name if plain else '"' + name.replace('"', '""') + '"'


def pasteable(sql: str, *names: str) -> str:
    """SQL to paste, with these names in place of each `{}`; one that would not be pasted as it is, is withheld.

    >>> pasteable("grant {} to {};", "pg_monitor", "on call"), pasteable("drop role {};", "a\\nb")
    ('grant pg_monitor to "on call";', 'drop role …; (a name that no terminal shows as it is)')
    """
    shown = [clean(name) == name for name in names]
    told = sql.format(*(quoted(name) if fit else WITHHELD for name, fit in zip(names, shown, strict=True)))
    return told if all(shown) else f"{told} (a name that no terminal shows as it is)"
