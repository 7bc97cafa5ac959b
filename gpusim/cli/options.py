"""Options that several commands take, each said once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer
from typer.core import TyperCommand

from gpusim.cli.streams import LEAST_WIDTH, stated

if TYPE_CHECKING:
    from rich.console import Console

    from gpusim import own_code

LARGEST: Final = 2**63 - 1
"""Largest seed."""
SCREEN_WIDTH, PIPE_WIDTH, WIDE = 100, 160, 200
"""Columns of a verdict or a report that goes to a file or a pipe, and of one with many of them
[characters]."""
LEGIBLE, SHORT = 16, 32
"""Columns that a sentence in a table needs, where it has as many; what shares a line with others
where there is no room for a table [characters]."""


ONCE: Final = ("strategy", "capital", "to_strategy", "to_capital")
"""Options of which a model has one."""


class Engine(StrEnum):
    """Who plays the replications."""

    BATCH = "batch"
    PROCESS = "process"


Model: TypeAlias = Annotated[
    str, typer.Argument(help="A bundled model's name, a model file, or - for stdin.")
]
Seed: TypeAlias = Annotated[int, typer.Option(min=0, max=LARGEST, help="Seed of random numbers.")]
Sets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value; also *= and +=."),
]
Shocks: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="A bundled shock's name, a file, or FILE.py:NAME; repeatable."),
]
Strategy: TypeAlias = Annotated[
    str | None, typer.Option(help="A bundled strategy's name, a TOML file, or FILE.py:NAME.")
]
Capital: TypeAlias = Annotated[
    str | None, typer.Option(help="A bundled option of capital, or a TOML file.")
]
Named: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--strategy",
        metavar="FILE.py:NAME",
        help="A Python strategy that the folder names and that may run; repeatable.",
    ),
]
Metrics: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="METRIC[@PERIOD]",
        help="A figure to report, or FILE.py:NAME; repeatable. `gpusim models metrics` lists them.",
    ),
]
NamedMetrics: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="FILE.py:NAME",
        help="A Python metric that the folder names and that may run; repeatable.",
    ),
]
NamedShocks: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--shock",
        metavar="FILE.py:NAME",
        help="A Python shock that the folder names and that may run; repeatable.",
    ),
]
EngineChoice: TypeAlias = Annotated[
    Engine, typer.Option(help="The fast one, or the readable one; the same figures.")
]


class Inputs(StrEnum):
    """Whether inputs are drawn within their ranges."""

    DRAWN = "drawn"
    FIXED = "fixed"


InputsChoice: TypeAlias = Annotated[
    Inputs,
    typer.Option(
        help="Draw what is assumed within its range, 8 replications a set; or all as stated."
    ),
]
FailIf: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CONDITION",
        help="End with exit code 3 where it holds, as 'shortfall>0.05'; repeatable.",
    ),
]
Out: TypeAlias = Annotated[
    Path | None, typer.Option(help="Folder to write; must not exist. Default: under runs/.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Workers: TypeAlias = Annotated[
    int | None, typer.Option("--workers", "-j", min=1, max=256, help="Default: all cores.")
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no messages.")]
Traceback: TypeAlias = Annotated[bool, typer.Option("--traceback", help="Show where it failed.")]


class OnceOnly(TyperCommand):
    """A command whose model has one strategy and one option of capital: a second one is refused."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, and refuse a second one, of which the first would be forgotten.

        Raises:
            BadParameter: there is one.
        """
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for param in order:
            once = param.name in ONCE and not getattr(param, "multiple", False)
            if once and order.count(param) > 1:
                told = f"given {order.count(param)} times; expected one, and compare takes several"
                raise typer.BadParameter(told, param_hint=f"--{param.name}".replace("_", "-"))
        return super().parse_args(ctx, args)


def named(
    strategies: Sequence[str] | None, metrics: Sequence[str] | None, shocks: Sequence[str] | None
) -> own_code.Named:
    """What the user named again of the code that a folder names."""
    from gpusim.own_code import Named

    return Named(tuple(strategies or ()), tuple(metrics or ()), tuple(shocks or ()))


def console(width: int = PIPE_WIDTH, *, as_asked: bool = False) -> Console:
    """Where tables are printed: as wide as the terminal; in a pipe of a stated width.

    What a title or a name holds is never read as a style, a link or a picture. as_asked: in a pipe
    as wide as COLUMNS says, where it is a number; `LEAST_WIDTH` at least.
    """
    from rich.console import Console

    columns = os.environ.get("COLUMNS", "")
    if as_asked and stated(columns):
        wide: int | None = max(int(columns), LEAST_WIDTH)
    else:
        wide = None if sys.stdout.isatty() else width
    shown = Console(width=wide, highlight=False, markup=False, emoji=False)
    shown.width = max(shown.width, LEAST_WIDTH)
    return shown


def table(
    heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], shown: Console | None = None
) -> None:
    """Print a plain table; its first column is never broken.

    shown: where; else as wide as the terminal, in a pipe as COLUMNS says or 100 columns. Where that
    leaves no room for sentences, a row is its first cell and below it the others by name.
    """
    from rich.table import Table
    from rich.text import Text

    shown = shown or console(SCREEN_WIDTH, as_asked=True)
    if too_narrow(heads, rows, shown.width):
        listed(heads, rows, shown)
        return
    plain = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for n, head in enumerate(heads):
        plain.add_column(head, overflow="fold", no_wrap=n == 0 or head in ("name", "as of", "unit"))
    for row in rows:
        plain.add_row(*(Text(cell) for cell in row))
    shown.print(plain)


def too_narrow(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the columns that are broken would be too narrow to read.

    >>> too_narrow(("key", "meaning"), [("a" * 70, "b" * 90)], 100)
    False
    >>> too_narrow(("key", "unit", "meaning"), [("a" * 70, "c" * 20, "b" * 90)], 100)
    True
    """
    most = [max(len(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
    whole = most[0] + 2 + sum(2 + min(size, LEGIBLE) for size in most[1:])
    return whole > width


def listed(heads: Sequence[str], rows: Sequence[Sequence[str]], shown: Console) -> None:
    """Rows below each other: the first cell, then what there is of the others, each named."""
    from gpusim.reports.layout import broken

    for first, *cells in rows:
        shown.print(first, soft_wrap=True)
        told = [f"{head}: {cell}" for head, cell in zip(heads[1:], cells, strict=True) if cell]
        short = [text for text in told if len(text) < SHORT]
        for line in ("; ".join(short), *(text for text in told if text not in short)):
            if line:
                shown.print(broken(f"  {line}", shown.width))
