"""What a good answer looks like: the `expect:` of an HTTP check."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from dropmon.rules.types import Duration, Section


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


StatusCode = Annotated[int | str, Field(description="200, or a class: 2xx", union_mode="left_to_right")]
Scalar = bool | int | float | str | None


class Expect(Section):
    """What a good answer looks like."""

    status: Annotated[tuple[StatusCode, ...], BeforeValidator(_listed)] = Field(
        ("2xx",), description="Accepted status codes and classes: 200, 2xx, [200, 204, 3xx]."
    )
    max_time: Duration | None = Field(None, description="Slower than this is degraded.")
    max_ttfb: Duration | None = Field(None, description="A first byte later than this is degraded.")
    contains: Annotated[tuple[str, ...], BeforeValidator(_listed)] = Field((), description="Texts the body must contain.")
    json_: dict[str, Scalar] = Field(
        {}, alias="json", description="JMESPath to what it must be: exists, a value, or '> 0.5', '!= x'."
    )
    headers: dict[str, str] = Field({}, description="Headers the answer must carry: a value, or exists.")
    certificate: Duration = Field(1814400.0, description="A certificate that ends sooner is degraded.")
