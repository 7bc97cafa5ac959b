"""What --help prints of an option is all that was written: no bracket is taken for a style."""

import pytest
from typer.main import get_command

from gpusim.cli.app import app
from tests.api.commands import printed


def commands(group, path=()):
    """Every command with the words it is asked by."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_word_of_a_help_is_printed(path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    told = " ".join(printed(*path, "--help").replace("\u2502", " ").split())
    command = COMMANDS[path]
    helps = [command.help, *(getattr(own, "help", None) for own in command.params)]
    for text in filter(None, helps):
        for line in text.split("\n\n"):
            assert " ".join(line.split()).rstrip(".") in told
