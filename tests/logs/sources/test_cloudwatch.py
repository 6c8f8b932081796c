"""CloudWatch: every event of every group once, through boto3, which signs what it asks."""

from __future__ import annotations

import json
import re
import sys
from importlib.util import find_spec
from typing import Any

import pytest

from dropmon.errors import DropmonError, TransportError
from dropmon.logs import formats
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.sources.kinds.cloudwatch import CloudWatch as Source
from dropmon.logs.sources.pattern import LONGEST, limited, texts
from dropmon.logs.sources.source import PassingError
from dropmon.logs.window import Window
from tests.logs.sources.service import Asked, Reply, Service, reply, serving
from tests.requirements import lack

NOW = 1795415700.0
HOUR = Window(NOW - 3600, NOW)
LAMBDA = "2026-11-23T06:33:09.984Z\t8f5c2b1e-0d3c-4d8e-9b1a-2f6f3c7d9e01\tERROR\tpayment failed\n"
Groups = dict[str, list[tuple[float, str]]]


def clock() -> float:
    return NOW


class CloudWatch(Service):
    """Holds the events of groups; a page is `page` events, and every other page is empty."""

    def __init__(self, groups: Groups, page: int = 100) -> None:
        super().__init__()
        self.groups, self.page = groups, page

    def respond(self, asked: Asked) -> Reply:
        assert asked.headers["X-Amz-Target"] == "Logs_20140328.FilterLogEvents"
        assert "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" in asked.headers["Authorization"]
        given = json.loads(asked.body)
        if given["logGroupName"] not in self.groups:
            error = {"__type": "ResourceNotFoundException", "message": "The specified log group does not exist."}
            return reply(error, 400)
        wide = re.compile(given.get("filterPattern", "%%")[1:-1])
        events = [
            {"eventId": str(place), "timestamp": int((NOW - ago) * 1000), "message": text, "ingestionTime": 1,
             "logStreamName": "s"}
            for place, (ago, text) in enumerate(self.groups[given["logGroupName"]])
            if text.startswith(given.get("logStreamNamePrefix", ""))  # a stream here is called as what it says
            and given["startTime"] <= int((NOW - ago) * 1000) <= given["endTime"] and wide.search(text)
        ]  # fmt: skip
        at, empty = (int(each) for each in given.get("nextToken", "0 0").split())
        if not empty:
            return reply({"events": [], "nextToken": f"{at} 1"})
        more = {"nextToken": f"{at + self.page} 0"} if at + self.page < len(events) else {}
        return reply({"events": events[at : at + self.page], "searchedLogStreams": [], **more})


def source(service: CloudWatch, **given: Any) -> Source:
    if not find_spec("boto3"):
        lack("boto3 is not installed")
    keys = {"access_key": "AKIDEXAMPLE", "secret_key": "s3cr3t"}
    return Source.model_validate(
        {"region": "eu-west-3", "group": "a", "url": service.url, "timeout": "5s", **keys, **given}
    )


def messages(service: CloudWatch, want: Query = Query(), **given: Any) -> list[str]:  # noqa: B008 a NamedTuple
    return [json.loads(line)["message"] for line in source(service, **given).rows(HOUR, want, clock)]


def test_a_line_is_the_event_and_its_group() -> None:
    with serving(CloudWatch({"a": [(9, LAMBDA)]})) as service:
        (line,) = source(service).rows(HOUR, Query(), clock)
    assert json.loads(line) == {
        "eventId": "0", "timestamp": 1795415691000, "message": LAMBDA,
        "ingestionTime": 1, "logStreamName": "s", "logGroupName": "a",
    }  # fmt: skip
    assert [entry.level for entry in formats.entries(line)] == [Level.ERROR]


@pytest.mark.slow
def test_every_page_is_read_and_groups_are_one_in_time() -> None:
    groups: Groups = {"a": [(900 - number, f"a{number}") for number in range(250)], "b": [(700.5, "b"), (4000, "old")]}
    with serving(CloudWatch(groups)) as service:
        found = messages(service, group=["a", "b"])
    assert found == [*(f"a{number}" for number in range(200)), "b", *(f"a{number}" for number in range(200, 250))]


@pytest.mark.slow
def test_events_of_two_groups_may_have_the_same_name_and_come_in_order() -> None:
    groups: Groups = {"a": [(7, "a7"), (9, "a9")], "b": [(8, "b8")]}
    with serving(CloudWatch(groups)) as service:
        assert messages(service, group=["a", "b"]) == ["a9", "b8", "a7"]
        assert messages(service, stream="a9") == ["a9"]


def test_the_end_of_the_window_is_not_in_it() -> None:
    with serving(CloudWatch({"a": [(3600, "first"), (0.001, "last"), (0, "behind")]})) as service:
        assert messages(service) == ["first", "last"]


@pytest.mark.slow
def test_what_passes_is_known_from_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(CloudWatch({})) as service:
        service.script = [reply({"__type": "InternalFailure", "message": "no"}, 400)]
        with pytest.raises(PassingError):
            messages(service)
        with pytest.raises(TransportError) as caught:
            messages(service, group="none")
        assert not isinstance(caught.value, PassingError)
    with pytest.raises(PassingError, match="CloudWatch: "):  # nobody is there any more
        messages(service)
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(TransportError, match="no key to sign with"):
        messages(service, access_key=None, secret_key=None)


@pytest.mark.slow
def test_what_is_wanted_is_asked_for() -> None:
    events: list[tuple[float, str]] = [
        (9, '{"level":"error"}'),
        (8, '{"level":50,"msg":"x"}'),
        (7, "TypeError: x"),
        (6, "fine 12"),
        (5, "r_1"),
    ]
    with serving(CloudWatch({"a": events})) as service:
        assert messages(service, Query(least=Level.ERROR)) == [text for _, text in events[:3]]
        assert messages(service, Query(requests=("r_1",))) == ["r_1"]
        assert len(messages(service, Query(least=Level.INFO))) == len(events)


@pytest.mark.parametrize("least", [Level.WARN, Level.ERROR, Level.FATAL])
def test_the_pattern_is_in_the_little_language_that_cloudwatch_has(least: Level) -> None:
    assert 0 < len(limited(texts(least))) <= LONGEST
    assert re.fullmatch(r"[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|\\*+.]*", "|".join(texts(least)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "hint"),
    [("ResourceNotFoundException", "describe-log-groups"), ("AccessDeniedException", "logs:FilterLogEvents")],
)
def test_a_refusal_says_what_to_do(code: str, hint: str) -> None:
    with serving(CloudWatch({})) as service:
        service.script = [reply({"__type": code, "message": "no"}, 400)]
        with pytest.raises(DropmonError) as caught:
            messages(service)
    assert code in caught.value.what
    assert hint in caught.value.hint


def test_without_boto3_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(DropmonError, match="needs boto3") as caught:
        list(Source.model_validate({"region": "r", "group": "a"}).rows(HOUR, Query(), clock))
    assert caught.value.hint == "pip install 'dropmon[aws]'"
