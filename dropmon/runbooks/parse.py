"""Markdown → Page. Only blocks marked `dropmon` hold steps; all others are shown and never run. Pure.

What cannot be understood does not hide the rest: it is told at its line and column, all at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dropmon.errors import Problem, RulesError
from dropmon.runbooks import fence, line
from dropmon.runbooks.page import Heading, Page, Parameter, Step

if TYPE_CHECKING:
    from markdown_it.token import Token

PARTS = {  # as the guide, prometheus-operator's pages and French teams head them
    "Symptoms": ("symptoms", "symptom", "symptomes", "meaning", "signification"),
    "Impact": ("impact", "impacts"),
    "Investigation": ("investigation", "diagnosis", "diagnostic"),
    "Resolution": ("resolution", "mitigation", "remediation"),
    "Prevention": ("prevention",),
}
WORDS = {word: part for part, words in PARTS.items() for word in words}
LONGEST = 100  # characters of a title


class Read(NamedTuple):
    """A block of steps: where it stands, and what it says."""

    token: Token
    title: str  # of the text before it


def part(heading: str) -> str:
    """The part of a runbook that a heading opens.

    >>> part("Symptômes"), part("## 3. Résolution :"), part("See also")
    ('Symptoms', 'Resolution', '')
    """
    plain = unicodedata.normalize("NFKD", heading.casefold()).encode("ascii", "ignore").decode()
    return WORDS.get(re.sub(r"[^a-z]", "", plain), "")


def parse(text: str, name: str, path: Path) -> Page:
    """The page that a text is. Never raises for what it says."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    front, body, problems = _front(lines, str(path))
    title, parameters = _said(front, str(path), problems)
    tokens = _tokens("\n".join(body))
    headings = tuple(_headings(tokens))
    first = next((each.text for each, level in zip(headings, _levels(tokens), strict=True) if level == 1), "")
    steps: list[Step] = []
    for read in _blocks(tokens):
        problems += _fenced(read.token, lines, str(path))
        if fence.marked(read.token.info):
            steps += _steps(read, lines, str(path), len(steps), problems)
    shown = title or re.sub(r"^runbook\s*:\s*", "", first, flags=re.IGNORECASE) or name
    found = tuple(sorted(set(problems)))
    return Page(name, path, text, shown, headings, tuple(steps), parameters, found, "\n".join(body).lstrip("\n"))


def _tokens(text: str) -> list[Token]:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark")
    reader.core.ruler.disable("inline")  # only what stands where matters here
    return reader.parse(text)


def _front(lines: Sequence[str], file: str) -> tuple[str, list[str], list[Problem]]:
    """The YAML between two --- at the top, and the rest; each line of either keeps its number."""
    if not lines or lines[0].rstrip() != "---":
        return "", list(lines), []
    last = next((index for index, each in enumerate(lines[1:], 1) if each.rstrip() in {"---", "..."}), None)
    if last is None:
        return "", list(lines), [Problem(file, 1, 1, "the front matter has no end", "close it with a line ---")]
    return "\n".join(["", *lines[1:last]]), [""] * (last + 1) + list(lines[last + 1 :]), []


def _said(front: str, file: str, problems: list[Problem]) -> tuple[str, dict[str, Parameter]]:
    """The title and the parameters of the front matter."""
    from dropmon.rules import document
    from dropmon.rules.nodes import MapNode, Scalar

    try:
        root = document.read(front, file) if front.strip() else None
    except RulesError as error:
        problems.extend(error.problems)
        return "", {}
    pairs = root.pairs if isinstance(root, MapNode) else {}
    title = pairs["title"][1] if "title" in pairs else None
    given = pairs["parameters"][1] if "parameters" in pairs else None
    found: dict[str, Parameter] = {}
    for name, (key, node) in (given.pairs if isinstance(given, MapNode) else {}).items():
        if not fence.NAME.fullmatch(name):
            problems.append(Problem(file, key.line, key.column, f"{name!r} is no name of a parameter", "letters and _"))
        elif isinstance(node, MapNode):
            texts = {word: each.text for word, (_, each) in node.pairs.items() if isinstance(each, Scalar)}
            found[name] = Parameter(texts.get("default"), texts.get("help", ""))
        elif isinstance(node, Scalar):
            found[name] = Parameter(node.text if node.text or not node.plain else None)
    return title.text if isinstance(title, Scalar) else "", found


def _headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    for mark, inner in pairwise(tokens):
        if mark.type == "heading_open":
            text = inner.content.strip().strip("*_`")
            yield Heading(text, part(text), (mark.map or [0])[0] + 1)


def _levels(tokens: Sequence[Token]) -> Iterator[int]:
    yield from (int(token.tag[1]) for token in tokens if token.type == "heading_open")


def _blocks(tokens: Sequence[Token]) -> Iterator[Read]:
    """Every fenced block, with the last thing that was said before it under the same heading."""
    said = ""
    for token in tokens:
        if token.type == "inline":
            said = token.content.split("\n")[-1]
        elif token.type == "fence":
            yield Read(token, said)
        elif token.type == "heading_open":
            said = ""


def _fenced(token: Token, lines: Sequence[str], file: str) -> Iterator[Problem]:
    """A block that is not closed, or that another one was meant to be closed in."""
    start, stop = token.map or (0, 0)
    last = lines[stop - 1].strip().lstrip("> \t") if stop - 1 > start else ""
    column = lines[start].find(token.markup) + 1
    hint = f"close it with a line {token.markup}"
    if not (last.startswith(token.markup) and set(last) == {token.markup[0]}):
        yield Problem(file, start + 1, column, "the block has no end", hint)
        return
    for number, text in enumerate(lines[start + 1 : stop - 1], start + 2):
        opening = re.match(r"[\s>]*(`{3,}|~{3,})\s*\w", text)
        if opening and opening[1][0] == token.markup[0] and len(opening[1]) >= len(token.markup):
            yield Problem(
                file, start + 1, column, f"the block is still open when another begins at line {number}", hint
            )


def _steps(read: Read, lines: Sequence[str], file: str, before: int, problems: list[Problem]) -> Iterator[Step]:
    """The steps of one block; what is no step becomes a problem."""
    start = (read.token.map or [0])[0]
    try:
        asked = fence.options(read.token.info)
    except ValueError as error:
        column = lines[start].find(fence.LANGUAGE) + 1
        problems.append(Problem(file, start + 1, column, str(error)))
        return
    used: set[str] = set()
    for index, text in enumerate(read.token.content.split("\n"), start + 1):
        shift = max(lines[index].find(text.strip()), 0) if index < len(lines) else 0
        try:
            words = line.words(text.strip())
        except line.LineError as error:
            problems.append(Problem(file, index + 1, shift + error.column, error.what, error.hint))
            continue
        if words:
            before += 1
            used.update(line.names(words))
            title = asked.title or _title(read.title) or " ".join(("dropmon", *words))
            yield Step(before, title, words, index + 1, shift + 1, asked.write, asked.timeout, asked.defaults)
    problems.extend(_unused(asked.defaults, used, Problem(file, start + 1, lines[start].find(fence.LANGUAGE) + 1, "")))


def _unused(defaults: Mapping[str, str], used: set[str], place: Problem) -> Iterator[Problem]:
    """Options that were misspelt: they look like defaults of parameters that no step of the block has."""
    for name in defaults.keys() - used:
        hint = "write timeout=30s or title=…" if name not in used else ""
        yield place._replace(what=f"no step of the block has a parameter {name!r}", hint=hint)


def _title(text: str) -> str:
    """What was said before a block, as its title.

    >>> _title("1. **Look** at `it`:")
    'Look at it'
    """
    plain = re.sub(r"^\s*(?:\d+[.)]|[-*+])\s+", "", re.sub(r"[*`]", "", text)).strip()
    plain = re.split(r"(?<=[.:?!])\s", plain)[0].rstrip(":. ")
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
