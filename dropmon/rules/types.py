"""The kinds of value a rules file is written with, and the frozen record that every section is."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, SecretStr, WithJsonSchema

from dropmon import secrets, units


class Section(BaseModel):
    """One mapping of the rules file. Unknown keys are refused; the value never changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, validate_default=False)


def _written(parse: Any) -> BeforeValidator:
    """A value that must be written as a string with its unit; a bare number says which unit is missing."""

    def read(value: object) -> object:
        if isinstance(value, str):
            return parse(value)
        raise ValueError(f"{value!r} has no unit: write it as a string, such as {EXAMPLE[parse]}")

    return BeforeValidator(read)


EXAMPLE = {units.duration: "5s", units.percent: "99.9%", units.size: "5GiB", units.rate: "0/day"}


def _text(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


def _known(secret: SecretStr) -> SecretStr:
    secrets.remember(secret.get_secret_value())
    return secret


Duration = Annotated[float, _written(units.duration), _text(units.DURATION, "5s")]
Percent = Annotated[Fraction, _written(units.percent), _text(units.PERCENT, "99.9%"), PlainSerializer(str)]
Size = Annotated[int, _written(units.size), _text(units.SIZE, "5GiB")]
Rate = Annotated[tuple[Fraction, float], _written(units.rate), _text(units.RATE, "0/day")]
Secret = Annotated[SecretStr, AfterValidator(_known)]
