"""Files of targets: every format means the same, and says where a row is none."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from dropmon.errors import DropmonError
from dropmon.rules.rows import read_rows

ROWS = [{"name": "a", "url": "https://a.example", "plan": ""}, {"name": "é", "url": "x", "plan": "007"}]
FORMATS = {
    "t.yaml": "# shops\n- {name: a, url: 'https://a.example', plan: ~}\n- name: é\n  url: x\n  plan: 007\n",
    "t.yml": '[{"name": "a", "url": "https://a.example", "plan": null}, {"name": "é", "url": "x", "plan": "007"}]',
    "t.jsonl": '{"name": "a", "url": "https://a.example", "plan": null}\n\n{"name": "é", "url": "x", "plan": "007"}\n',
    "t.csv": "name,url,plan\na,https://a.example,\né,x,007\n",
    "targets": 'name,url,plan\r\na,"https://a.example",\r\né,x,007',
}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_means_the_same(name: str, mark: str) -> None:
    Path(name).write_text(mark + FORMATS[name])
    assert list(read_rows(Path(name))) == ROWS


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_file_has_no_targets(name: str) -> None:
    Path(name).write_text("")
    assert list(read_rows(Path(name))) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.yaml", "- {name: a}\n- name", "t.yaml:2:3: this is no target"),
        ("t.yaml", "- {name: a}\n- {name: [a]}", "t.yaml:2:10: this is no target"),
        ("t.yaml", "- {name: a}\n\t- b", "t.yaml:2:1: a tab cannot indent"),
        ("t.yaml", "a: b", "t.yaml:1:1: this is no target"),
        ("t.json", '{"name": "a"}\n["b"]', "t.json:2: not an object"),
        ("t.json", '{"name": ', "t.json:1: not JSON"),
        ("t.json", '{"name": ' + "[" * 100_000, "t.json:1: not JSON"),
        ("t.csv", "name,url\na,b,c", "t.csv:2: this row has not as many cells"),
        ("t.csv", "name,url\n\na", "t.csv:3: this row has not as many cells"),
        ("t.csv", "name\n" + "a" * 200_000, "t.csv: field larger than field limit"),
    ],
)
def test_a_row_that_is_none_is_named(name: str, text: str, said: str) -> None:
    Path(name).write_text(text)
    with pytest.raises(DropmonError) as caught:
        list(read_rows(Path(name)))
    assert caught.value.what.startswith(said)


@pytest.mark.parametrize("name", ["t.yaml", "t.json", "t.csv", "none.csv"])
def test_a_file_that_cannot_be_read_is_named(name: str) -> None:
    if name.startswith("t."):
        Path(name).write_bytes(b"\xff")
    with pytest.raises(DropmonError, match=name):
        list(read_rows(Path(name)))


@pytest.mark.parametrize("name", ["t.yaml", "t.jsonl", "t.csv"])
def test_a_long_file_costs_no_memory(name: str) -> None:
    row = {"yaml": '- {"name": "a"}\n', "jsonl": '{"name": "a"}\n', "csv": '"a"\n'}[name.partition(".")[2]]
    Path(name).write_text(("name\n" if name == "t.csv" else "") + row * 200_000)
    tracemalloc.start()
    rows = read_rows(Path(name))
    assert {next(rows)["name"] for _ in range(3000)} == {"a"}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 250_000
