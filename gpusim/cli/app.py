"""The commands of `gpusim`."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Final

import typer

from gpusim import __version__
from gpusim.cli import models, runs
from gpusim.experiments.saved import registry

app = typer.Typer(
    name="gpusim",
    help="Event-by-event simulation of a leveraged GPU cloud operator.",
    epilog="Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 3 done but points failed "
    "or a condition does not hold, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


PLACES: Final = (
    *("run", "compare", "sensitivity", "solve", "bridge", "units"),
    *("warmup", "sweep", "report", "explain", "replay", "backtest"),
)
"""Commands that have a place in the help."""


def tell_version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        print(f"gpusim {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=tell_version),
    ] = False,
) -> None:
    """Take what stands before a command."""


def commands() -> tuple[str, ...]:
    """Commands in the order of the help; an experiment that has no place there comes after them."""
    return (*PLACES, *(name for name in registry.names() if name not in PLACES))


for command in commands():  # gpusim/cli/NAME.py has a function NAME
    app.command()(getattr(import_module(f"gpusim.cli.{command}"), command))
app.add_typer(models.app, name="models")
app.add_typer(runs.app, name="runs")
