"""The kinds of value a rules file is written with, and the frozen record that every section is.

Each reads what people write, and shows itself as they would write it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SecretStr,
    ValidationInfo,
)  # fmt: skip
from pydantic_core import core_schema

from dropmon import secrets, units
from dropmon.rules.variables import Pending

T = TypeVar("T")


class Section(BaseModel):
    """One mapping of the rules file. Unknown keys are refused; the value never changes after loading."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, validate_default=False, allow_inf_nan=False,
        hide_input_in_errors=True,
    )  # fmt: skip


class Inactive:
    """Marks a key that is validated and does nothing in this version."""


class Written(NamedTuple):
    """A value written as a string: how it is read, shown again, and described to an editor."""

    parse: Callable[[str], Any]  # raises ValueError
    show: Callable[[Any], str]
    example: str
    pattern: str = ""
    wants: str = "text"  # what a value that is no string lacks

    def read(self, value: object) -> Any:
        if isinstance(value, Pending):  # nobody knows yet: the example does, for the sake of what stands around it
            return self.parse(self.example.strip('"'))
        if isinstance(value, str):
            return self.parse(value)
        raise ValueError(f"{value!r} is not {self.wants}: write {self.example}")

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> core_schema.CoreSchema:
        show = core_schema.plain_serializer_function_ser_schema(self.show)
        return core_schema.no_info_plain_validator_function(self.read, serialization=show)

    def __get_pydantic_json_schema__(self, _schema: object, _handler: object) -> dict[str, Any]:
        return {"type": "string", "examples": [self.example]} | ({"pattern": self.pattern} if self.pattern else {})


class Quantified(Written):
    """A number with its unit; a bare number says which unit is missing."""

    def read(self, value: object) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise ValueError(f"{value!r} has no unit: write a number with one, such as {self.example}")
        return super().read(value)


def show_duration(seconds: float) -> str:
    """Seconds as the rules write them.

    >>> [show_duration(seconds) for seconds in (0.5, 2.5, 90.0, 3600.0, 3024000.0, 0.0)]
    ['500ms', '2.5s', '90s', '1h', '35d', '0s']
    """
    if not float(seconds).is_integer():
        return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:.10g}s"
    whole = int(seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if whole and whole % length == 0:
            return f"{whole // length}{unit}"
    return f"{whole}s"


def show_percent(ratio: Fraction) -> str:
    """A ratio as the rules write it.

    >>> show_percent(Fraction(999, 1000))
    '99.9%'
    """
    return f"{float(ratio * 100):.12g}%"


def show_size(size: int) -> str:
    """Bytes as the rules write them.

    >>> show_size(1048576), show_size(1500)
    ('1MiB', '1500B')
    """
    unit = next((u for u in ("TiB", "GiB", "MiB", "KiB") if size and size % units.BYTES[u] == 0), "B")
    return f"{size // units.BYTES[unit]}{unit}"


def show_rate(rate: tuple[Fraction, float]) -> str:
    """A rate as the rules write it: a share below one in percent, anything else as a count.

    >>> show_rate((Fraction(1, 5), 604800.0)), show_rate((Fraction(0), 86400.0))
    ('20%/week', '0/day')
    """
    amount, seconds = rate
    period = next(name for name, length in units.PERIODS.items() if length == seconds)
    return f"{show_percent(amount) if 0 < amount < 1 else f'{float(amount):.12g}'}/{period}"


def quantity(text: str) -> float:
    """A limit in PromQL's base units: seconds, bytes, ratios; a number without a unit stays as it is.

    >>> quantity("500ms"), quantity("5%"), quantity("4.5")
    (0.5, 0.05, 4.5)
    """
    for parse in (float, units.duration, units.percent, units.size):
        try:
            return float(parse(text))
        except ValueError:
            continue
    raise ValueError(f"{text!r} is not a limit: write a number, a duration (500ms), a percentage (5%) or a size (5GiB)")


def _finite(value: object) -> object:
    return value if isinstance(value, int | float) else quantity(str(value))


def _known(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    if info.context is None:  # a row's secrets are masked by whoever asks it: ten thousand would slow every mask
        secrets.remember(secret.get_secret_value())
    return secret


class OneOrMany:
    """A list that may be written as its only item."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(one_or_many, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def one_or_many(value: object) -> object:
    """`to: a` means `to: [a]`.

    >>> one_or_many("a"), one_or_many(["a", "b"])
    (['a'], ['a', 'b'])
    """
    return list(value) if isinstance(value, list | tuple) else [value]


Duration = Annotated[float, Quantified(units.duration, show_duration, "5s", units.DURATION)]
Percent = Annotated[Fraction, Quantified(units.percent, show_percent, "99.9%", units.PERCENT)]
Size = Annotated[int, Quantified(units.size, show_size, "5GiB", units.SIZE)]
Rate = Annotated[tuple[Fraction, float], Quantified(units.rate, show_rate, "0/day", units.RATE)]
Limit = Annotated[float, BeforeValidator(_finite, json_schema_input_type=float | str)]
Listed = Annotated[tuple[T, ...], OneOrMany()]

Secret = Annotated[SecretStr, AfterValidator(_known)]  # a token, a password: secret as a whole
Header = SecretStr  # its variables and credentials are known by the time it gets here; `Accept: */*` is no secret
Address = SecretStr  # of a server with a login: only the password is secret, and known by the time it gets here

__all__ = [
    "Address", "Duration", "Header", "Inactive", "Limit", "Listed", "Percent", "Rate", "Secret", "Section", "Size",
]  # fmt: skip
