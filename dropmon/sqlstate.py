"""What a PostgreSQL server means by an error, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

ADVICE = {  # by SQLSTATE, or by its first two characters: its class
    "08": "is the server reachable from here, and not overloaded?",
    "22": "a value does not fit what the SQL does with it: look at the data, or cast it",
    "22021": "a text there is in another encoding than the database: one in SQL_ASCII holds any bytes",
    "22P05": "a text there has a character that the encoding of the database does not know: ask in one in UTF8",
    "25": "only reading is possible here",
    "25P02": "an earlier statement of the same transaction failed: look for its error",
    "25P03": "the server ended this connection, which had done nothing for too long: ask again",
    "28": "does the server let this role in from here? look at the `url` of this database, and at pg_hba.conf",
    "28P01": "the password is wrong: look at the `url` of this database",
    "3D000": "is the database's name right? it ends the `url` of this database",
    "42": "the SQL has a mistake",
    "42501": "grant the role what it needs, such as: grant pg_monitor to …",
    "42703": "is the column's name right?",
    "42883": "is the function's name right, and are its arguments?",
    "42P01": "is the table's name right, with its schema?",
    "53": "the server runs out of memory, disk or connections: look at its log",
    "53300": "all connections are taken: end some, or ask through the pooler",
    "57": "the server is starting or stopping, or somebody ended this connection: look at its log",
    "55000": "what it asks for is not ready for that now: the sentence says why",
    "55P03": "somebody holds a lock on it, or waits for one: dropmon db blocking",
    "57014": "the query took too long: raise `timeout`, or make it cheaper",
}
REFUSALS = (  # libpq keeps the SQLSTATE of a refused connection to itself, and tells only the sentence
    ("password authentication failed", "28P01"),
    ("pg_hba.conf", "28000"),
    ("tenant or user not found", "28000"),
    ("too many clients", "53300"),
    ("too many connections for", "53300"),
    ("connection slots are reserved", "53300"),
    ("max client connections reached", "53300"),
    ("the database system is", "57P03"),
    ('fatal:  role "', "28000"),
    ('fatal:  database "', "3D000"),
)
LOADED = (  # whatever the state
    ("pg_stat_statements must be loaded", "add pg_stat_statements to shared_preload_libraries and restart the server"),
)
UNREACHED = (  # no server said anything
    ("but ssl was required", "the server speaks no TLS: add ?sslmode=disable to the `url` if the way there is safe"),
    ("certificate", "put sslrootcert=… into the `url`, or a weaker sslmode"),
    ("translate host name", "is the host name right, and does our DNS work?"),
    ("resolve host", "is the host name right, and does our DNS work?"),
    ("connection refused", "is the server running, and is the port right?"),
    ("no answer within", "the server, or a pooler before it, is overloaded or gone: look at its log"),
    ("timeout", "is the server reachable from here, and not overloaded?"),
    ("connection info string", "write the `url` as postgresql://user:password@host:port/database"),
    ("connection option", "write the `url` as postgresql://user:password@host:port/database"),
)


def refusal(sentence: str) -> str:
    """The SQLSTATE that such a sentence comes with; empty when no server said it.

    >>> refusal('FATAL:  role "me" does not exist'), refusal("connection refused")
    ('28000', '')
    """
    words = sentence.lower()
    return next((state for sign, state in REFUSALS if sign in words), "")


def advice(state: str, sentence: str) -> str:
    """What to do about a failure, by its SQLSTATE or, when there is none, by its words.

    >>> advice("42P01", ""), advice("42601", ""), advice("", "connection refused")[:25]
    ("is the table's name right, with its schema?", 'the SQL has a mistake', 'is the server running, an')
    >>> advice("55000", "pg_stat_statements must be loaded")[:22]
    'add pg_stat_statements'
    """
    words = sentence.lower()
    said = _first(LOADED, words) or ADVICE.get(state) or ADVICE.get(state[:2])
    return said or _first(UNREACHED, words) or "is the server up? look at its log"


def _first(signs: Iterable[tuple[str, str]], words: str) -> str:
    return next((what for sign, what in signs if sign in words), "")
