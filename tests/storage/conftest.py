from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dropmon.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dropmon.storage import Store


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "dropmon.db")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with open_store(place, patience=0.2) as store:
        yield store
