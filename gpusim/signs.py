"""Signs that steer a terminal: which they are, and how a text that holds them is shown."""

from __future__ import annotations

from typing import Any, Final

STEERING: Final = (
    *((0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F)),  # controls but tab and newline
    *((0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069)),
    (0xD800, 0xDFFF),
)
"""First and last of the characters that a terminal obeys, that turn the direction of writing
(Unicode's bidirectional controls), or are half a character."""


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


ESCAPED: Final = {
    code: _escape(code) for first, last in STEERING for code in range(first, last + 1)
}


def visible(value: Any) -> Any:
    r"""A value with every text in it as it can be shown.

    >>> visible({"a\x1b[2J": ["b", 1]})
    {'a\\x1b[2J': ['b', 1]}
    """
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(ESCAPED)
    if isinstance(value, dict):
        return {visible(key): visible(inner) for key, inner in value.items()}
    return [visible(inner) for inner in value] if isinstance(value, list) else value


def steers(text: str) -> str:
    r"""The first sign of a text that steers; empty if none does.

    >>> steers("a\x1b[2J"), steers("50 % of $x_$\n")
    ('\x1b', '')
    """
    if text.isprintable():
        return ""
    return next((sign for sign in text if ord(sign) in ESCAPED), "")
