"""Values as TOML texts, as designs keep them, and back."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from typing import Any


def toml(value: Any) -> str:
    """A value as TOML text.

    >>> toml(0.1), toml(True), toml("glut"), toml(dt.date(2027, 1, 31)), toml([1, 2])
    ('0.1', 'true', '"glut"', '2027-01-31', '[1, 2]')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(toml(inner) for inner in value)}]"
    return value.isoformat() if isinstance(value, dt.date) else repr(value)


def plain(text: str | None) -> Any:
    """The value of a TOML text."""
    return None if text is None else tomllib.loads(f"value = {text}")["value"]
