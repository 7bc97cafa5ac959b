"""The commands of `gpusim`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from gpusim import __version__
from gpusim.cli.folders import runs
from gpusim.cli.modelling import models, new
from gpusim.cli.options import OnceOnly
from gpusim.experiments.saved import registry


class Commands(TyperGroup):
    """All commands; one that is asked for without its group is told with it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that words ask for, see typer; `check` is told to be `models check`."""
        asked = args[0]
        if asked not in self.commands:
            groups = {name: own for name, own in self.commands.items() if hasattr(own, "commands")}
            meant = [f"'{name} {asked}'" for name, own in groups.items() if asked in own.commands]
            if meant:
                ctx.fail(f"No such command {asked!r}. Did you mean {' or '.join(meant)}?")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="gpusim",
    cls=Commands,
    help="Event-by-event simulation of a leveraged GPU cloud operator.",
    epilog="Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 3 done but points failed "
    "or a condition does not hold, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


PLACES: Final = {
    "new": "modelling.",
    **dict.fromkeys(("run", "compare", "sensitivity", "solve", "bridge", "units"), "questions."),
    "warmup": "",
    "sweep": "questions.",
    **dict.fromkeys(("report", "explain", "replay"), "folders."),
    "backtest": "questions.",
}
"""Commands that have a place in the help, and the room of each."""
SETTINGS: Final = {"new": new.OPEN}


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


def command_of(name: str) -> Callable[..., None]:
    """The function of a command: NAME of the module NAME in its room, that of questions if new."""
    module = import_module(f"gpusim.cli.{PLACES.get(name, 'questions.')}{name}")
    command: Callable[..., None] = getattr(module, name)
    return command


for name in commands():
    app.command(context_settings=SETTINGS.get(name), cls=OnceOnly)(command_of(name))
app.add_typer(models.app, name="models")
app.add_typer(runs.app, name="runs")
