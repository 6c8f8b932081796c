"""What stands in a document that only Python reads goes out with the bytes that came in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.logs import formats
from dropmon.logs.formats.container import Row, array, held
from dropmon.logs.formats.reading import parsed
from dropmon.logs.formats.slices import elements, member

SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=9)
SPACE = st.sampled_from([b"", b" ", b"\n\t", b"\r\n  "])
ODD = [
    b'{"level":"error", "a": NaN}',
    b'{"level": "error","a":1.50,"b":-Infinity}',
    b'{"msg":"\xff\xe9 ERROR \t\x1b[31mx", "level":"error"}',
    '{"msg": "é \ud800", "level":"error"}'.encode("utf-8", "surrogatepass"),
]
FINE = b'{"level":"info",  "n":1.50}'


@pytest.mark.slow
@given(st.lists(VALUE), st.booleans(), SPACE)
def test_the_elements_of_an_array_are_its_bytes(values: list[Any], plain: bool, space: bytes) -> None:
    raws = [json.dumps(each, ensure_ascii=plain).encode("utf-8", "surrogatepass") for each in values]
    body = space + b"[" + space + (space + b"," + space).join(raws) + space + b"]" + space
    assert elements(body) == raws


@pytest.mark.slow
@given(st.dictionaries(st.text(), VALUE, min_size=1), SPACE)
def test_the_value_of_a_key_is_its_bytes(values: dict[str, Any], space: bytes) -> None:
    pairs = [json.dumps(key).encode() + space + b":" + space + json.dumps(values[key]).encode() for key in values]
    body = space + b"{" + space + (space + b"," + space).join(pairs) + space + b"}"
    for key, value in values.items():
        assert member(body, key) == json.dumps(value).encode()


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "document",
    [
        b"[%s, %s]",
        b"[\n  %s ,\n  %s\n]",
        b'{"type":"result", "data": [%s, %s], "n": 1}',
        b'{"data": [7], "type":"result", "data":[%s ,%s]}',
        b'{"error":null,"result":[ %s,%s ]}',
    ],
)
def test_an_entry_in_a_document_keeps_its_bytes(document: bytes, odd: bytes) -> None:
    assert [entry.raw for entry in formats.entries(document % (odd, FINE))] == [odd, FINE]


def test_loki_and_opentelemetry_keep_their_bytes() -> None:
    streams = b'{"data":{"resultType":"streams","result":[{"stream":{"n":NaN},"values":[ ["1",  "x"] ]}]}}'
    records = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[ {"body": {"doubleValue": NaN}} ]}]}]}'
    assert [row.raw for row in held(parsed(streams), streams) or ()] == [b'["1",  "x"]']
    assert [row.raw for row in held(parsed(records), records) or ()] == [b'{"body": {"doubleValue": NaN}}']


def test_what_colours_cut_is_written_anew() -> None:
    assert array(b'[\x1b[32m{"a": 1}\x1b[0m]') is None
    assert array(b'[{"a": \x1b[32m1\x1b[0m}]') == (Row(b'{"a":1}', {"a": 1}),)
