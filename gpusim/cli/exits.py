"""How a command ends: exit codes, and messages for people on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

FAILED: Final = 1
WRONG_INPUT: Final = 2
INTERRUPTED: Final = 130


def say(text: str) -> None:
    """A message on stderr."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def guarded(*, show_traceback: bool) -> Iterator[None]:
    """Turn what went wrong into a message and an exit code."""
    try:
        yield
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        say("interrupted; nothing was written")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # the reader, such as head, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from None
    except Exception as error:
        if show_traceback:
            traceback.print_exc()
        say(_message(error))
        raise typer.Exit(_code(error)) from None


def _code(error: Exception) -> int:
    from gpusim.experiments.room import TooManyError
    from gpusim.results.folder import FolderExistsError
    from gpusim.results.opened import NotARunError
    from gpusim.scenario import ScenarioError
    from gpusim.strategies import StrategyError

    wrong = ScenarioError | FolderExistsError | StrategyError | NotARunError | TooManyError
    return WRONG_INPUT if isinstance(error, wrong) else FAILED


def _message(error: Exception) -> str:
    from gpusim.experiments.run import RunError

    if _code(error) == WRONG_INPUT:
        return str(error)
    if isinstance(error, RunError):
        return f"the run failed: {error}"
    if isinstance(error, OSError):
        return f"the run failed: {error.strerror or error}: {error.filename or ''}".rstrip(": ")
    return f"gpusim failed: {type(error).__name__}: {error} (--traceback shows where)"
