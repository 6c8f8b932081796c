"""Following the project's log API: each row once, nothing learnt twice, and what passes is survived."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from dropmon.errors import DropmonError
from dropmon.logs.query import Query
from dropmon.logs.sources.kinds.supabase import NAMES
from tests.logs.sources.service import Reply, serving
from tests.logs.sources.supabase import FUNCTION, NOW, Supabase, at, clock, ids, row, source


def test_following_tells_each_row_once_and_those_that_come_late() -> None:
    now = [NOW]
    with serving(Supabase([row("a", at(9), "x"), row("b", at(8), "x")])) as service:
        told = source(service).follow(NOW - 60, Query(), lambda: now[0], 0.01)
        first = list(islice(told, 3))
        assert [line and json.loads(line)["id"] for line in first] == ["a", "b", None]
        assert next(told) is None
        service.rows += [row("late", at(30), "x"), row("c", at(-1), "x")]
        now[0] += 5
        assert ids(filter(None, islice(told, 2))) == ["late", "c"]
        assert next(told) is None


def test_following_survives_what_passes_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropmon.logs.sources.asking.WAITS", ())
    said: list[str] = []
    with serving(Supabase([row("a", at(9), "x")])) as service:
        service.script = [Reply(503)]
        told = source(service).follow(NOW - 60, Query(), clock, 0.01, said.append)
        assert next(told) is None
        assert ids(filter(None, islice(told, 1))) == ["a"]
        service.script = [Reply(401)]
        with pytest.raises(DropmonError, match="does not accept the token"):
            list(told)
    assert said == ["Supabase answers 503 Service Unavailable; asking again in 0.02 s"]


def test_following_learns_the_column_once_and_complains_once() -> None:
    said: list[str] = []
    now = [NOW]
    with serving(Supabase([row("a", at(9), "x")], "source_name")) as service:
        service.functions = None
        told = source(service).follow(NOW - 60, Query(), lambda: now[0], 0.01, said.append)
        assert len(list(islice(told, 5))) == 5  # the row, and the ends of four rounds
        assert len(service.questions) == 5
        assert service.listed == 1
        now[0] += NAMES
        assert next(told) is None
        assert service.listed == 2
    assert len(said) == 1


def test_following_gets_to_know_a_function_that_is_new_and_forgets_none_when_they_cannot_be_read() -> None:
    now = [NOW]
    with serving(Supabase([])) as service:
        service.functions = []
        told = source(service).follow(NOW - 60, Query(functions=("monitoring",)), lambda: now[0], 0.01)
        assert next(told) is None
        service.functions = [{"id": FUNCTION, "slug": "monitoring"}]
        now[0] += NAMES
        assert next(told) is None
        service.functions = None
        now[0] += NAMES
        assert next(told) is None
    assert [FUNCTION in each for each in service.questions] == [False, True, True]
