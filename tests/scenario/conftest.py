"""A model file to spoil, one edit at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

SMALL = Path(__file__).parent / "fixtures" / "small.toml"


class Spoiled:
    """A copy of the small model with some words replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.text = SMALL.read_text()

    def write(self, *edits: tuple[str, str], more: str = "") -> str:
        text = self.text
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = self.folder / "model.toml"
        path.write_text(text + more)
        self.lines = (text + more).splitlines()
        return str(path)

    def line_of(self, words: str) -> int:
        return next(n for n, line in enumerate(self.lines, 1) if words in line)


@pytest.fixture
def spoiled(tmp_path):
    return Spoiled(tmp_path)


@pytest.fixture
def small():
    return str(SMALL)
