"""The commands on the pages, and what they print today.

    python -m tests.pages README.md docs/compare.md     compares; exit 1 where a page says otherwise
    python -m tests.pages --write docs/compare.md       puts today's output in its place

A block of code that begins with `$ gpusim ...` holds commands and what each printed. They run one
after the other in one empty folder, so a page may read a run that an earlier page kept (pages are
taken as given, without names README.md and then docs/ in order). A line `...` stands for lines that
are left out. Names of runs that hold the time of day, and sizes and times of day, are not compared.
A command may end with exit code 3, which says that points failed or a condition does not hold.

A table that no command prints as it stands on the page is made from a run that a block of the page
keeps (`--out`), by a command in a comment; what it prints, of `tests.tables` or any other, stands
between that comment and an end, and is replaced as a whole:

    <!-- $ python -m tests.tables compared runs/mixes net_income shortfall -->
    ...
    <!-- end -->

These commands run after all blocks of their page; `$ROOT` is the folder of the repository.
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = "```"
CUT = "..."
FAILED = "ended with "
DONE = (0, 3)
"""Exit codes of commands that print what they found."""
FIGURES, END = "<!-- $ ", "<!-- end -->"
WIDTH = "100"
SAME_LINE = 0.6
"""Lines of which so large a part is alike but for figures are the same line of two days."""
PASSING = re.compile(
    r"\d{8}T\d{6}Z[\w-]*|\d+(?:\.\d+)? [kM]B\b|\(\d[\d,]* kB\)|\d+(?:\.\d+)? s\b", re.ASCII
)
"""What changes from run to run: names by the clock, sizes, times."""


class Printed(NamedTuple):
    """A command of a page and what the page says it prints; places are line numbers from 0."""

    page: Path
    command: str
    first: int
    lines: list[str]
    whole: bool = False  # all of the output stands on the page, and nothing else


def printed_on(page: Path) -> Iterator[Printed]:
    """The commands of a page's blocks that begin with one."""
    inside, command, first, lines = False, "", 0, list[str]()
    for number, line in enumerate(page.read_text().splitlines()):
        fence = line.startswith(FENCE)
        starts = line.startswith("$ ") and inside
        if (fence or starts) and command:
            yield Printed(page, command, first, lines)
            command = ""
        if fence:
            inside = not inside
        elif starts:
            command, first, lines = line[2:], number + 1, []
        elif command:
            lines.append(line)


def figures_on(page: Path) -> Iterator[Printed]:
    """The tables of a page that a command in a comment makes.

    Raises: ValueError, where one has no end.
    """
    text = page.read_text().splitlines()
    for number, line in enumerate(text):
        if line.startswith(FIGURES):
            ends = [n for n in range(number + 1, len(text)) if text[n].startswith("<!-- ")]
            if not ends or text[ends[0]] != END:
                raise ValueError(f"{page.name}:{number + 1}: figures without {END}")
            command = line.removeprefix(FIGURES).removesuffix(" -->")
            yield Printed(page, command, number + 1, text[number + 1 : ends[0]], whole=True)


def run(command: str, folder: Path) -> list[str]:
    """What a command prints, in lines; of one that fails, how it ended."""
    program = r"\b(gpusim|python)(?= )"
    place = {"gpusim": f"{sys.executable} -m gpusim.cli", "python": sys.executable}
    words = re.sub(rf"(^|&& ){program}", lambda found: found[1] + place[found[2]], command)
    width = {"COLUMNS": WIDTH, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "ROOT": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", words],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | width,
        check=False,
    )
    if done.returncode not in DONE:
        return [f"{FAILED}{done.returncode}", *done.stderr.splitlines()]
    return [line.rstrip() for line in done.stdout.splitlines()]


def skeleton(line: str) -> str:
    """A line without its figures and spaces."""
    return re.sub(r"[\d,.()%+\s|>-]+", "", PASSING.sub("", line))


def alike(a: str, b: str) -> bool:
    """Whether two lines are the same one of two days, but for figures and a changed word."""
    a, b = skeleton(a), skeleton(b)
    return a == b or difflib.SequenceMatcher(None, a, b).ratio() > SAME_LINE


def fit(page: list[str], output: list[str]) -> float:
    """How well lines of output stand for those of a page: share in order and the same, both ways.

    >>> page = ["Net income  5", "  4 - 6"]
    >>> fit(page, ["Net income  7", "  3 - 9"]) > fit(page, ["Other income  5", "  4 - 6"])
    True
    """
    a, b = ([skeleton(line) for line in side] for side in (page, output))
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()


def known(page: list[str], output: list[str]) -> float:
    """Share of a page's lines that some line of output is like."""
    return sum(any(alike(line, other) for other in output) for line in page) / len(page)


def place_of_piece(
    page: list[str], output: list[str], after: int, *, first: bool, last: bool
) -> slice | None:
    """Where today's lines stand for a piece of a page, which may have grown; None if nowhere.

    A piece begins and ends with lines like its own; the first of a block begins with the output,
    the last ends with it.
    """
    rest = range(after, len(output))
    begins = [0] if first else [n for n in rest if alike(page[0], output[n])]
    ends = [len(output)] if last else [n + 1 for n in rest if alike(page[-1], output[n])]
    places = [(a, b) for a in begins for b in ends if a < b]
    if not places:
        return None
    a, b = max(
        places, key=lambda p: (fit(page, output[p[0] : p[1]]), -abs(p[1] - p[0] - len(page)))
    )
    return slice(a, b) if known(page, output[a:b]) >= SAME_LINE else None


def today(says: list[str], output: list[str]) -> tuple[list[str], list[str]]:
    """A page's lines as the output has them today, and the lines that were not found in it.

    Between two cuts a line more or less is taken over; without a cut all of the output is.

    >>> today(["Cash  5", "Debt  3", "...", "Kept in runs/a"], ["Cash 6", "New 1", "Debt 2", "x",
    ...     "Kept in runs/a"])
    (['Cash 6', 'New 1', 'Debt 2', '...', 'Kept in runs/a'], [])
    >>> today(["Cash  5"], ["Cash 6", "Debt 2"])
    (['Cash 6', 'Debt 2'], [])
    >>> today(["Cash  5", "...", "Equity  3"], ["Cash 6", "Debt 2"])
    (['Cash 6', '...', 'Equity  3'], ['Equity  3'])
    """
    found, lost, after = list[str](), list[str](), 0
    groups = pieces(says)
    for n, lines in enumerate(groups):
        first, last = n == 0, n == len(groups) - 1
        if lines[0].strip() == CUT:
            found += lines
            continue
        place = place_of_piece(lines, output, after, first=first, last=last)
        if first and last:
            place = slice(0, len(output))
        if place is None:
            lost += lines
            found += lines
        else:
            found += narrowed(lines, output[place])
            after = place.stop
    return found, lost


def replaced(says: Printed, output: list[str]) -> tuple[list[str], list[str]]:
    """Today's lines, and those not found; what a command that fails should print stays as it is."""
    if output and output[0].startswith(FAILED):
        return says.lines, output
    if not says.whole:
        return today(says.lines, output)
    return (says.lines, output) if not output else (output, [])


def pieces(says: list[str]) -> list[list[str]]:
    """Lines that follow each other in the output; a line that stands for more is alone."""
    groups = itertools.groupby(says, key=lambda line: line.strip() == CUT)
    return [list(lines) for _, lines in groups]


def narrowed(page: list[str], output: list[str]) -> list[str]:
    """Lines of output with no more columns than the page shows of each table.

    >>> narrowed(["Year  26", "Cash   5"], ["Year  26  27", "Cash   6   7", "New    1   2"])
    ['Year  26', 'Cash   6', 'New    1']
    """
    cut, width, shown_of = list[str](), None, counterparts(page, output)
    head = True
    for line, says in zip(output, shown_of, strict=True):
        cells = cells_of(line)
        if not line.strip():
            width, head = None, True
        elif head and says is not None and min(shown := len(cells_of(says)), len(cells)) > 1:
            head = False
            width = cells[shown - 1] if shown < len(cells) else None
        cut.append(line[:width].rstrip())
    return cut


def counterparts(page: list[str], output: list[str]) -> list[str | None]:
    """By line of output the line of the page that it stands for today; None of a new one."""
    if len(page) == len(output):
        return list[str | None](page)
    shown: list[str | None] = [None] * len(output)
    old, new = ([skeleton(line) for line in side] for side in (page, output))
    for a, b, size in difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        shown[b : b + size] = page[a : a + size]
    return shown


def cells_of(line: str) -> list[int]:
    """Where the cells of a table's line end; cells are two spaces apart."""
    return [cell.end() for cell in re.finditer(r"\S+(?: \S+)*", line)]


def compared(lines: list[str]) -> list[str]:
    """Lines without what changes from run to run."""
    return [" ".join(PASSING.sub("*", line).split()) for line in lines]


def main() -> int:
    """Compare or write; returns 1 where a page says other than what is printed today."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--write", action="store_true", help="put today's output into the pages")
    asked = parser.parse_args()
    stale = 0
    with tempfile.TemporaryDirectory() as place:
        for page in asked.pages or PAGES:
            text = page.read_text().splitlines()
            for says, output in sorted(played(page, Path(place)), reverse=True, key=place_of):
                if not says.lines and not says.whole:
                    continue
                now, lost = replaced(says, output)
                if compared(now) == compared(says.lines) and not lost:
                    continue
                stale += 1
                print(f"{page.name}:{says.first}: $ {says.command[:90]}")
                changes = difflib.unified_diff(says.lines, now, "page", "today", lineterm="", n=0)
                print("\n".join(f"  {line}" for line in list(changes)[2:]))
                for line in lost:
                    known = says.whole or line not in says.lines
                    print(f"  {'' if known else 'not printed any more: '}{line}")
                text[says.first : says.first + len(says.lines)] = now
            if asked.write:
                page.write_text("\n".join(text) + "\n")
    print(f"{stale} commands print something else than their page says")
    return int(stale > 0 and not asked.write)


def place_of(block: tuple[Printed, list[str]]) -> int:
    """Where what a command prints stands on its page."""
    return block[0].first


def played(page: Path, folder: Path) -> Iterator[tuple[Printed, list[str]]]:
    """The commands of a page with what they print today; those in comments last."""
    for block in (*printed_on(page), *figures_on(page)):
        print(f"$ {block.command}", file=sys.stderr, flush=True)
        yield block, run(block.command, folder)


if __name__ == "__main__":
    sys.exit(main())
