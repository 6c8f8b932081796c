"""JMESPath in the rules: refused here when it is wrong."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def path(written: str) -> str:
    """An expression that finds a value in JSON, as it is written.

    >>> path("data.items[0].price")
    'data.items[0].price'
    >>> path("data[")
    Traceback (most recent call last):
    ValueError: 'data[' is not a JMESPath: ...
    """
    import jmespath

    try:
        jmespath.compile(written)
    except ValueError as error:
        raise ValueError(f"{written!r} is not a JMESPath: {str(error).splitlines()[0]}") from None
    return written


JmesPath = Annotated[str, AfterValidator(path)]
