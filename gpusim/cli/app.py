"""The commands of `gpusim`."""

from __future__ import annotations

from typing import Annotated

import typer

from gpusim import __version__
from gpusim.cli import models, runs
from gpusim.cli.backtest import backtest
from gpusim.cli.bridge import bridge
from gpusim.cli.compare import compare
from gpusim.cli.explain import explain
from gpusim.cli.replay import replay
from gpusim.cli.report import report
from gpusim.cli.run import run
from gpusim.cli.sensitivity import sensitivity
from gpusim.cli.solve import solve
from gpusim.cli.sweep import sweep
from gpusim.cli.units import units
from gpusim.cli.warmup import warmup

app = typer.Typer(
    name="gpusim",
    help="Event-by-event simulation of a leveraged GPU cloud operator.",
    epilog="Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 3 done but points failed "
    "or a condition does not hold, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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


app.command()(run)
app.command()(compare)
app.command()(sensitivity)
app.command()(solve)
app.command()(bridge)
app.command()(units)
app.command()(warmup)
app.command()(sweep)
app.command()(report)
app.command()(explain)
app.command()(replay)
app.command()(backtest)
app.add_typer(models.app, name="models")
app.add_typer(runs.app, name="runs")
