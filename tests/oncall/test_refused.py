"""What is wrong or doubtful about who is on call is said at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon.rules.findings import examine

CASES = [
    (text, said.strip())
    for text, _, said in (
        block.partition("\n→ ") for block in Path(__file__).with_name("refused.txt").read_text().split("\n\n")[1:]
    )
]


@pytest.mark.parametrize(("text", "said"), CASES)
def test_a_mistake_or_a_doubt_is_said_at_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    found = examine(path)

    assert f"{path}:{said}" in found.text(str(path)).splitlines()
    assert found.exit_code == (1 if "warning: " in said else 3)
