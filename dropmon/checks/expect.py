"""What a good answer looks like: the `expect:` of an HTTP check, and how an answer is held against it."""

from __future__ import annotations

import json
import operator
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from dropmon.checks.finding import Finding
from dropmon.model import Verdict
from dropmon.rules.paths import JmesPath
from dropmon.rules.types import Duration, Listed, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.checks.exchange import Exchange

COMPARISON = re.compile(r"(==|!=|>=|<=|>|<)\s*(.+)", re.DOTALL)
COMPARE = {
    "==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
Scalar = bool | int | float | str | None


def _status(code: int | str) -> str:
    if not re.fullmatch(r"[1-5](\d\d|xx)", str(code)):
        raise ValueError(f"{code!r} is not a status: write a code (200) or a class (2xx)")
    return str(code)


def _comparison(written: Scalar) -> Scalar:
    """Refuses an order that no value can stand in, such as '> abc'."""
    found = COMPARISON.fullmatch(written) if isinstance(written, str) else None
    value = _value(found[2]) if found else None
    ordered = type(value) in {int, float} and value == value  # true is an int to Python, and NaN a float
    if found and found[1] not in {"==", "!="} and not ordered:
        raise ValueError(f"{written!r} compares with something that is not a number")
    return written


class Expect(Section):
    """What a good answer looks like."""

    status: Listed[Annotated[int | str, AfterValidator(_status)]] = Field(
        ("2xx",), description="Accepted status codes and classes: 200, 2xx, [200, 204, 3xx]."
    )
    max_time: Duration | None = Field(None, description="Slower than this is degraded.")
    max_ttfb: Duration | None = Field(None, description="A first byte later than this is degraded.")
    contains: Listed[str] = Field((), description="Texts the body must contain.")
    json_: dict[JmesPath, Annotated[Scalar, AfterValidator(_comparison)]] = Field(
        {},
        alias="json",
        description="JMESPath to what must be there: exists, a value, or '> 0.5', '!= x'.",
    )
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers the answer must carry: a value, or exists."
    )
    certificate: Duration = Field(1814400.0, description="A certificate that ends sooner is degraded.")

    def accepts(self, code: int | None) -> bool:
        return bool(code) and any(str(code) == want or f"{str(code)[0]}xx" == want for want in self.status)

    def unmet(self, answer: Exchange) -> Finding | None:
        """The first expectation on headers or body that the answer does not meet."""
        return next(self._complaints(answer), None)

    def _complaints(self, answer: Exchange) -> Iterator[Finding]:
        yield from self._headers(answer)
        yield from self._texts(answer)
        yield from self._values(answer)

    def _headers(self, answer: Exchange) -> Iterator[Finding]:
        for name, want in self.headers.items():
            have = answer.headers.get(name.lower())
            if have is None:
                yield Finding(Verdict.DOWN, f"header {name} is missing", WRONG)
            elif want not in {"exists", have}:
                yield Finding(Verdict.DOWN, f"header {name} is {spelt(have)}, not {spelt(want)}", WRONG)

    def _texts(self, answer: Exchange) -> Iterator[Finding]:
        for text in self.contains:
            if text not in answer.text:
                yield _cut_off(answer) or Finding(Verdict.DOWN, f"the body does not contain {spelt(text)}", WRONG)

    def _values(self, answer: Exchange) -> Iterator[Finding]:
        if not self.json_:
            return
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            yield _cut_off(answer) or Finding(Verdict.DOWN, f"the body is not JSON: {answer.text[:QUOTED]}", WRONG)
            return
        for path, want in self.json_.items():
            if finding := compared(path, want, _found(path, document)):
                yield finding


QUOTED = 2000  # characters of an answer that a sentence starts from; it is masked, and only then cut
WRONG = "it answers, but not as it should: look at what it says now"


def spelt(value: Any) -> str:
    """A value as JSON writes it: what masks secrets knows that spelling."""
    return json.dumps(value, ensure_ascii=False)[:QUOTED]


def _cut_off(answer: Exchange) -> Finding | None:
    """What was read is not all there is, so that nothing can be said of the rest."""
    if not answer.truncated:
        return None
    return Finding(
        Verdict.UNKNOWN,
        f"the body is larger than max_body: only {len(answer.body)} bytes were read",
        "raise `max_body`",
    )


def _found(path: str, document: Any) -> Any:
    import jmespath

    try:
        return jmespath.search(path, document)
    except jmespath.exceptions.JMESPathError:
        return None


def _value(text: str) -> Scalar:
    """What stands behind a comparison: a number, true, false, null, or the text itself."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float | str | None) else text


def compared(path: str, want: Scalar, have: Any) -> Finding | None:
    """None when the value is as wanted. A value that is missing, or cannot be compared, is UNKNOWN: never 0.

    >>> compared("rate", "< 0.5", 0.9).error, compared("rate", "< 1", 0.9)
    ('rate is 0.9, not < 0.5', None)
    >>> compared("rate", "< 5", None).verdict.word, compared("id", "exists", None).verdict.word
    ('unknown', 'down')
    """
    if want == "exists":
        return None if have is not None else Finding(Verdict.DOWN, f"{path} is missing in the answer", WRONG)
    if have is None and want is not None:
        return Finding(Verdict.UNKNOWN, f"cannot tell: {path} is missing in the answer", WRONG)
    found = COMPARISON.fullmatch(want) if isinstance(want, str) else None
    sign, right = (found[1], _value(found[2])) if found else ("==", want)
    if sign in {"==", "!="}:
        met = COMPARE[sign](_typed(have), _typed(right))
    elif isinstance(have, bool) or not isinstance(have, int | float):
        return Finding(Verdict.UNKNOWN, f"cannot tell: {path} is {spelt(have)}, not a number", WRONG)
    else:
        met = COMPARE[sign](have, float(str(right)))
    return (
        None if met else Finding(Verdict.DOWN, f"{path} is {spelt(have)}, not {want if found else spelt(want)}", WRONG)
    )


def _typed(value: Any) -> tuple[bool, Any]:
    """true is not 1, although Python says so."""
    return isinstance(value, bool), value
