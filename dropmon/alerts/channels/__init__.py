"""The ways of telling somebody. The folder is the registry: one file adds one way, and nothing else is edited.

A file holds one subclass of Channel: its fields are the keys of an entry under `channels:`, its docstring is the help,
and its `type` is what it is called there.
"""

from __future__ import annotations

import sys
from functools import cache

from dropmon.alerts.channel import Channel
from dropmon.registry import Registry


@cache
def kinds() -> dict[str, type[Channel]]:
    """Each type that an entry may have, with the class of it.

    >>> kinds()["supabase-function"].__name__, kinds()["email"] is kinds()["smtp"]
    ('SupabaseFunction', True)
    """
    found = Registry[Channel](sys.modules[__name__], Channel)
    return {name: kind for kind in found.values() for name in names(kind)}


@cache
def kind(type: str) -> type[Channel] | None:
    """The class of a type. Of one that its file is named after no other file is read.

    >>> kind("ntfy").__name__, kind("twilio").__name__, kind("pigeon")
    ('Ntfy', 'Twilio', None)
    """
    found = Registry[Channel](sys.modules[__name__], Channel)
    if type in found and type in names(found[type]):
        return found[type]
    return kinds().get(type)


def names(kind: type[Channel]) -> tuple[str, ...]:
    """What a class is called in the rules."""
    return tuple(kind.model_fields["type"].annotation.__args__)  # type: ignore[union-attr]
