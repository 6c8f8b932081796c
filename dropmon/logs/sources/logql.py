"""The questions to Loki, in LogQL. Pure.

Source: grafana.com/docs/loki/latest/query/log_queries
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dropmon.logs.formats.keys import ROLES
from dropmon.logs.level import KEYS, SCALES
from dropmon.logs.query import Query
from dropmon.logs.sources.wide import ESCAPED, safe, threshold, wide, words


def queries(selected: str, want: Query) -> list[str]:
    """The queries whose lines together are all that may be wanted: what is looked for stands in the line, or a label.

    >>> from dropmon.logs.query import Query
    >>> queries('{app="shop"}', Query())
    ['{app="shop"}']
    >>> queries("{}", Query(users=("u_1",)))[0]
    '{} |~ `u_1|\\\\\\\\u00`'
    """
    for role, values in (("request", want.requests), ("user", want.users)):
        if safe(values):
            texts = "|".join(map(re.escape, values))
            return [f"{selected} |~ `{texts}|{ESCAPED}`", f"{selected} | {labelled(ROLES[role], texts)}"]
    if least := threshold(want):
        texts = f"(?i).*(?:{'|'.join(words(least))}|[0-9]).*"
        return [f"{selected} |~ `{wide(least)}`", f"{selected} | {labelled((*KEYS, *SCALES), texts)}"]
    return [selected]


def labelled(names: Iterable[str], texts: str) -> str:
    """Lines of which one of these labels is like that. Loki writes names in letters, digits and _.

    >>> labelled(("level", "log.level", "@l"), "error")
    'level=~`error` or log_level=~`error` or _l=~`error`'
    """
    return " or ".join(f"{name}=~`{texts}`" for name in dict.fromkeys(re.sub(r"\W", "_", name) for name in names))
