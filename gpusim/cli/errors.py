"""How a command ends: exit codes, and last words for people on stderr."""

from __future__ import annotations

import errno
import os
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from gpusim import files
from gpusim.cli import interrupts
from gpusim.cli.streams import NotPrintedError
from gpusim.signs import visible

if TYPE_CHECKING:
    from gpusim.experiments.run.fail_if import Judged

FAILED: Final = 1
WRONG_INPUT: Final = 2
DOUBTFUL: Final = 3
"""Done, but points failed or a condition does not hold."""
INTERRUPTED: Final = interrupts.INTERRUPTED
NAMED: Final = 4
"""Whole files and folders that the last words name."""


def say(text: str) -> None:
    """A message on stderr; signs that steer a terminal are made visible."""
    print(visible(text), file=sys.stderr, flush=True)


def fail_where(judged: Sequence[Judged], *, also: bool = False) -> None:
    """End with the code of a doubtful result where a condition of --fail-if holds.

    also: whether it is doubtful for another reason, which has been said.
    """
    holding = [one for one in judged if one.holds]
    for one in holding:
        say(f"--fail-if {one}")
    if holding or also:
        raise typer.Exit(DOUBTFUL)


@contextmanager
def guarded(
    *, show_traceback: bool, again: Sequence[str] = (), cluster: str | None = None
) -> Iterator[None]:
    """Turn what went wrong into a message and an exit code; say what is kept.

    again, cluster: options with which a sweep goes on, and the scheduler that does its work.
    """
    files.in_hand.clear()
    files.received.clear()
    try:
        with interrupts.raised():
            yield
            sys.stdout.flush()
    except typer.Exit:
        raise
    except (KeyboardInterrupt, typer.Abort) as error:
        if isinstance(error, typer.Abort):  # at a question: Ctrl-C, or where input ends
            say("")
        say(f"interrupted; {kept(again, cluster)}")
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        if show_traceback:
            traceback.print_exc()
        foreign = _of_another_form(error)
        say(_message(error, foreign=foreign))
        code = _code(error, foreign=foreign)
        if code == FAILED:
            say(kept(again, cluster, lost=cluster is not None and _is_lost(error)))
        raise typer.Exit(code) from None


def kept(again: Sequence[str] = (), cluster: str | None = None, *, lost: bool = False) -> str:
    """What this command has written so far, where, and how to go on.

    again, cluster: as in `guarded`; lost: whether the cluster cannot go on.
    """
    if not files.in_hand:  # an interrupt may have cut imports short: none is tried again
        return "nothing was written"
    from gpusim.results.stored import folder
    from gpusim.results.stored.folder import MANIFEST
    from gpusim.results.stored.opened import NotARunError, read_manifest

    told, whole = [], []
    for path in dict.fromkeys(files.in_hand):
        if not (path / MANIFEST).is_file():
            whole += [str(folder.near(path))] if path.is_file() else []
            continue
        try:
            about = read_manifest(path)
        except NotARunError:
            continue
        if about.get("kind") == "sweep" and about.get("status") != "finished":
            on = way_on(path, again, cluster, lost=lost)
            told.append(f"what is finished is kept in {folder.near(path)}; {on}")
        else:
            whole.append(str(folder.near(path)))
    if len(whole) > NAMED:
        whole[NAMED - 1 :] = [f"{len(whole) - NAMED + 1} more"]
    if whole:
        *others, last = whole
        told.append(f"{', '.join(others)} and {last} are whole" if others else f"{last} is whole")
    return "; ".join(told) or "nothing was written"


def way_on(path: Path, again: Sequence[str], cluster: str | None, *, lost: bool = False) -> str:
    """The command that goes on with a sweep, to be copied; arguments as of `kept`.

    >>> way_on(Path("my sweep"), ("-j", "1"), None)
    "go on with: gpusim sweep --resume 'my sweep' -j 1"
    """
    from gpusim.results.stored import folder

    words = ["gpusim", "sweep", "--resume", str(folder.near(path)), *again]
    if cluster is None:
        return f"go on with: {shlex.join(words)}"
    there = ["--cluster", cluster]
    if lost:
        here = way_on(path, again, None)
        return f"once the cluster works again add {shlex.join(there)}; here {here}"
    return f"go on with: {shlex.join([*words, *there])}"


def _is_lost(error: Exception) -> bool:
    """Whether it is a cluster that failed."""
    from gpusim.experiments.run.simulate import ClusterError

    return isinstance(error, ClusterError)


def _code(error: Exception, *, foreign: bool) -> int:
    wrong = _of_the_input(error) or _is_name_too_long(error) or foreign
    return WRONG_INPUT if wrong else FAILED


def _is_name_too_long(error: Exception) -> bool:
    """Whether a file that the user names has a longer name than the file system has room for."""
    return isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG


def _of_the_input(error: Exception) -> bool:
    """Whether an error tells what is wrong with the input, in its own words."""
    from gpusim.experiments.common.memory import TooManyError
    from gpusim.files import UnsafeFileError
    from gpusim.own_code import OwnCodeError
    from gpusim.results.stored.folder import FolderExistsError
    from gpusim.results.stored.opened import NotARunError
    from gpusim.scenario import ScenarioError

    wrong = (
        ScenarioError | FolderExistsError | OwnCodeError | NotARunError | TooManyError
    ) | UnsafeFileError
    return isinstance(error, wrong)


def _of_another_form(error: Exception) -> bool:
    """Whether the error is one that values of an unknown form cause, and a folder may hold such.

    A folder that was written here, and is as it was, holds none: then the fault is gpusim's.
    """
    if not files.received:
        return False
    from polars.exceptions import PolarsError

    forms = LookupError | TypeError | ValueError | AttributeError | ArithmeticError | PolarsError
    if not isinstance(error, forms):
        return False
    from gpusim.experiments.saved.runs import is_as_written

    return not all(is_as_written(path) for path in tuple(dict.fromkeys(files.received)))


def _message(error: Exception, *, foreign: bool) -> str:
    """Last words for people; foreign: whether a folder may be at fault."""
    from gpusim.experiments.run.simulate import RunError

    if _of_the_input(error):
        return str(error)
    if isinstance(error, RunError):
        return f"the run failed: {error}"
    if isinstance(error, OSError) and _is_name_too_long(error):
        return f"{error.filename}: this name is longer than the file system has room for"
    if isinstance(error, NotPrintedError):
        return f"printing failed: {error.strerror}"
    if isinstance(error, OSError):
        return f"the run failed: {error.strerror or error}: {error.filename or ''}".rstrip(": ")
    if isinstance(error, MemoryError):
        return "the run failed: not enough memory; fewer --reps or -j 1 need less of it"
    what, trace = f"{type(error).__name__}: {error}", _trace(error)
    if foreign:
        folders = " or ".join(str(path) for path in dict.fromkeys(files.received))
        return (
            f"{folders} holds what gpusim does not write: {what}\n"
            f"if nobody has changed it, the fault is gpusim's: please report it with {trace}, "
            f"which holds the command and the trace"
        )
    return (
        f"gpusim failed, and it is gpusim's fault: {what}\n"
        f"please report it with {trace}, which holds the command and the trace"
    )


def _trace(error: Exception) -> str:
    """A new file with the command and where it failed; said instead where none can be made."""
    told = shlex.join(sys.argv) + "\n\n" + "".join(traceback.format_exception(error))
    try:
        number, name = tempfile.mkstemp(prefix="gpusim-", suffix=".txt")
        with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(told)
    except OSError:
        say(told)
        return "what is said above"
    return name
