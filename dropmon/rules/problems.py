"""What pydantic found, in plain words at its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from dropmon.errors import Problem
from dropmon.rules.nodes import Node, Steps, walk
from dropmon.rules.secrecy import TELLING

NOUNS = {
    "string": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "none": "empty",
    "dict": "a mapping (key: value)", "model": "a mapping (key: value)", "list": "a list", "tuple": "a list",
}  # fmt: skip
BOUNDS = {
    "greater_than_equal": "must be at least {ge}", "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}", "less_than": "must be less than {lt}",
    "string_too_short": "must not be empty", "too_long": "must be at most {max_length} values",
    "too_short": "must be at least {min_length} values",
}  # fmt: skip


def translate(error: ValidationError, shape: Any, node: Node, path: Steps, file: str) -> list[Problem]:
    """The problems of what stands at `node`, to which `path` leads from the top; one for each place."""
    details = error.errors(include_url=False, include_input=True)
    strays = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    meant = {(*loc[:-1], nearest(str(loc[-1]), fields(shape, loc[:-1]))) for loc in strays}
    found: dict[tuple[int, int], Problem] = {}
    for detail in details:
        if detail["type"] != "missing" or detail["loc"] not in meant:  # misspelt, not missing
            problem = _problem(detail, shape, node, path, file)
            found.setdefault((problem.line, problem.column), problem)
    return list(found.values())


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant.

    >>> nearest("urll", ["name", "url"]), nearest("x", ["name", "url"])
    ('url', None)
    """
    words = sorted(known)
    near = get_close_matches(wrong, words, 1, 0.6) or get_close_matches(wrong.lower(), words, 1, 0.6)
    return near[0] if near else None


def suggest(wrong: str, known: Iterable[str]) -> str:
    """The nearest of the known words, or all of them when they are few.

    >>> suggest("urll", ["name", "url"]), suggest("x", ["name", "url"])
    ("did you mean 'url'?", 'there are: name, url')
    """
    words = sorted(known)
    if near := nearest(wrong, words):
        return f"did you mean {near!r}?"
    return f"there are: {', '.join(words)}" if 0 < len(words) <= 20 else ""


def dotted(path: Sequence[str | int]) -> str:
    """A path as people say it.

    >>> dotted(("checks", "apis", 0, "url"))
    'checks.apis[0].url'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _problem(detail: Mapping[str, Any], shape: Any, node: Node, path: Steps, file: str) -> Problem:
    kind, loc = detail["type"], tuple(step for step in detail["loc"] if step != "[key]")
    there, key, _ = walk(node, loc)
    above, _, _ = walk(node, loc[:-1])
    steps = _real(node, loc)
    where, name = dotted((*path, *steps[:-1])), dotted(steps[-1:])
    if kind == "extra_forbidden":
        what, hint = f"unknown key {name!r} in {where}", suggest(name, fields(shape, loc[:-1]))
        return _at(file, key or there, what, hint)
    if kind == "missing":
        return _at(file, above, _missing(loc[-1], dotted((*path, *_real(node, loc[:-1])))))
    at = key if "[key]" in detail["loc"] and key else there
    return _at(file, at, *_wrong(detail, dotted((*path, *steps)), TELLING.search(name) is not None))


def _missing(step: str | int, where: str) -> str:
    return f"{where} needs {step + 1} values" if isinstance(step, int) else f"{step!r} is missing in {where}"


def _wrong(detail: Mapping[str, Any], where: str, secret: bool) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    shown = "this" if secret else _shown(value)
    if kind == "value_error":
        return f"{where}: {context['error']}", ""
    if kind in BOUNDS:
        return f"{where} {BOUNDS[kind].format(**context)}", ""
    if kind == "literal_error":
        return f"{where} must be {context['expected']}, not {shown}", _near(value, context["expected"])
    if kind == "union_tag_not_found":
        return f"'type' is missing in {where}", "such as type: slack"
    if kind == "union_tag_invalid":
        return f"{where}: {context['tag']!r} is no type", suggest(context["tag"], _words(context["expected_tags"]))
    if kind == "string_pattern_mismatch":
        return f"{where}: {shown} may hold only letters, digits, _, - and .", ""
    noun = NOUNS.get(kind.split("_")[0])
    if not noun:
        return f"{where}: {detail['msg']}", ""
    quote = f'quote it: "{shown}"' if noun == "text" and isinstance(value, int | float) and not secret else ""
    return f"{where} must be {noun}, not {shown}", quote


def _near(value: object, expected: str) -> str:
    near = nearest(str(value).lower(), _words(expected))
    return f"did you mean {near!r}?" if near else ""


def _words(expected: str) -> list[str]:
    """The words of pydantic's "'a', 'b' or 'c'"."""
    return [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _real(node: Node, loc: Steps) -> Steps:
    """The steps of pydantic's location that stand in the file: without the names of a union's branches."""
    taken = [walk(node, loc[:length])[2] for length in range(len(loc) + 1)]
    return tuple(step for index, step in enumerate(loc) if taken[index + 1] > taken[index])


def _at(file: str, node: Node, what: str, hint: str = "") -> Problem:
    return Problem(file, node.line, node.column, what, hint)


def fields(shape: Any, loc: Steps) -> set[str]:
    """The keys that may stand where a location leads: those of every section that the shape allows there."""
    models = _models(shape)
    for step in loc:
        tagged = {m for m in models if (kind := m.model_fields.get("type")) and kind.default == step}
        below = {inner for m in models for inner in _models(_annotation(m, step))}
        models = tagged or below or models
    return {info.alias or name for model in models for name, info in model.model_fields.items()}


def _annotation(model: type[BaseModel], step: str | int) -> Any:
    found = (info.annotation for name, info in model.model_fields.items() if (info.alias or name) == step)
    return next(found, None)


def _models(shape: Any) -> set[type[BaseModel]]:
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return {shape}
    return {model for part in get_args(shape) for model in _models(part)}
