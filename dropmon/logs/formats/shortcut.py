"""The level of the commonest line, an application's JSON, without reading the rest of it: exact, or not at all."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from dropmon.logs.formats.container import CONTAINERS
from dropmon.logs.formats.keys import EVENT_HOLDERS, EVENT_KEYS, MARKS, NESTED, TYPES
from dropmon.logs.level import KEYS, NAMED, SCALES, Level, named, numbered

_Nothing = Annotated[
    str, msgspec.Meta(min_length=2**31 - 1)
]  # no line is that long: the key's presence ends the decoding
_ENVELOPES = (*MARKS, *EVENT_KEYS, *EVENT_HOLDERS)
_ROUTES = dict.fromkeys((*_ENVELOPES, *KEYS, *SCALES, *NESTED, *CONTAINERS, "@t", "message", "msg"))


def _decoder(name: str, wanted: tuple[str, ...], refused: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    fields: list[tuple[str, Any, Any]] = [(key, Any, UNSET) for key in wanted]
    fields += [(f"f{at}", _Nothing | UnsetType, UNSET) for at, _ in enumerate(refused)]
    names = {f"f{at}": key for at, key in enumerate(refused)}
    return msgspec.json.Decoder(msgspec.defstruct(name, fields, rename=names, gc=False))


_levelled = _decoder("Levelled", ("level",), tuple(key for key in _ENVELOPES if key != "level")).decode
_typed = _decoder("Typed", ("type", "function"), tuple(_ROUTES)).decode
_LEVELS: dict[Any, Level] = {
    **{form(word): level for word, level in NAMED.items() for form in (str.lower, str.upper, str.capitalize)},
    **{number: numbered(number) for number in range(10, 70, 10)},
}
_TYPES = {word: named(word) or Level.INFO for word in TYPES}


def level(block: bytes | str) -> Level | None:
    """The level of an application's JSON on one line, as `entries` gives it; None means: ask `entries`.

    >>> level(b'{"level":"error","message":"payment failed"}'), level(b'{"type":"metric","function":"f"}')
    (<Level.ERROR: 5>, <Level.INFO: 3>)
    >>> level(b'{"level":"info","event_message":"x"}'), level(b"[Error] x"), level(b'{"level":"weird"}')
    (None, None, None)
    """
    try:
        word = _levelled(block).level
        if word is UNSET:
            line = _typed(block)
            return None if line.function is UNSET else _TYPES.get(line.type)
        return _LEVELS.get(word)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError):
        return None
