"""Reading what a user gives: a regular file of bounded size, once, as text.

A pipe or a device is refused before it is read, for it may never end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gpusim import files
from gpusim.scenario.language.errors import Mistake, ScenarioError
from gpusim.scenario.language.limits import FILE_BYTES, ROWS
from gpusim.scenario.reading.bundled import shown_path

SEPARATORS: Final = (",", ";", "\t")
"""What may part the cells of a CSV file; spreadsheets take the second where commas are decimal."""


def is_there(path: Path) -> bool:
    """Whether a path leads to anything; a path that no file can have leads to nothing."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def read_bytes(path: Path, where: str, expected: str) -> bytes:
    """What is in a regular file.

    where: how messages call the file; expected: what it should be.
    Raises: ScenarioError if it is no regular file, too large or unreadable.
    """
    try:
        return files.read(path, FILE_BYTES.most, follow=True)
    except files.LargeFileError as error:
        raise _wrong(where, error.found.removeprefix("has "), str(FILE_BYTES)) from None
    except files.UnsafeFileError as error:
        found = error.found.removeprefix("is ")
        raise _wrong(where, found, f"{expected}, which is a regular file") from None
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        found = "no such file" if missing else (error.strerror or "nothing").lower()
        raise _wrong(where, found, expected) from None
    except ValueError:  # a name with a null byte
        raise _wrong(where, "no name of a file", expected) from None


def read_text(path: Path, where: str, expected: str) -> str:
    """The text of a file: UTF-8, with or without a byte order mark, its lines ended by newlines.

    Raises: ScenarioError if there is none.
    """
    return text_of(read_bytes(path, where, expected), where, expected)


def text_of(data: bytes, where: str, expected: str) -> str:
    """Bytes as the text they are, as `read_text`. Raises: ScenarioError if they are none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        as_text = f"{expected}, saved as UTF-8 (of a spreadsheet: CSV UTF-8)"
        raise _wrong(where, "bytes that are no UTF-8 text", as_text) from None
    return text.replace("\r\n", "\n")


def read_rows(path: Path, where: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row of a CSV file that is not blank.

    Raises: ScenarioError if it is none, or has too many.
    """
    yield from rows_of(read_text(path, where, "a readable CSV file"), where)


def rows_of(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """The same of the text of such a file, whose cells are parted as `separator_of` tells."""
    sign, skipped = separator_of(text)
    stream = io.StringIO(text, newline="")
    if skipped:
        stream.readline()
    reader, found = csv.reader(stream, delimiter=sign, strict=True), 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = f"text that is no CSV ({error})"
            line = reader.line_num + skipped
            raise _wrong(where, message, "a readable CSV file", line) from None
        if not any(cell.strip() for cell in row):
            continue
        found += 1
        if found > ROWS.most + 1:  # the first holds the names of the columns
            line = reader.line_num + skipped
            raise _wrong(where, f"more than {ROWS.most:,} rows", str(ROWS), line)
        yield reader.line_num + skipped, row


def separator_of(text: str) -> tuple[str, int]:
    r"""What parts the cells of a CSV file, and how many lines stand above its header.

    A spreadsheet's own first line says it; else it is the one of `SEPARATORS` that the header has
    most often, a comma where it has none.

    >>> separator_of("name;price\n"), separator_of("sep=;\nname;price"), separator_of("name")
    ((';', 0), (';', 1), (',', 0))
    """
    first = next((line for line in text.splitlines() if line.strip()), "").strip()
    if first.lower().startswith("sep=") and first[4:] in SEPARATORS:
        return first[4:], 1
    return max(SEPARATORS, key=first.count), 0


def read_table(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column of each row of a CSV file; a cell that lacks is empty.

    Raises: ScenarioError for a file that is none, or lacks columns.
    """
    where = shown_path(path)
    rows = read_rows(path, where)
    _, names = next(rows, (1, []))
    lacking = [column for column in columns if column not in names]
    if lacking:
        raise ScenarioError(
            [Mistake(where, 1, 1, ", ".join(lacking), "no such column", ", ".join(columns))]
        )
    places = [(column, names.index(column)) for column in columns]
    for line, row in rows:
        yield line, {column: row[n] if n < len(row) else "" for column, n in places}


def _wrong(where: str, found: str, expected: str, line: int = 0) -> ScenarioError:
    return ScenarioError([Mistake(where, line, min(line, 1), "", found, expected)])
