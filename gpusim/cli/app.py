"""The commands of `gpusim`."""

from __future__ import annotations

import typer

from gpusim.cli import models
from gpusim.cli.backtest import backtest
from gpusim.cli.run import run
from gpusim.cli.units import units

app = typer.Typer(
    name="gpusim",
    help="Event-by-event simulation of a leveraged GPU cloud operator.",
    epilog="Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(run)
app.command()(units)
app.command()(backtest)
app.add_typer(models.app, name="models")
