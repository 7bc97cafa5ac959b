"""The command line. Commands are thin; everything heavy is imported inside them."""

import sys

from gpusim.cli import interrupts, streams
from gpusim.compiling.garbage import collect_rarely


def main() -> None:
    """Entry point of `gpusim`. Workers import this module, so typer waits until it is called."""
    interrupts.expect()
    streams.prepare()
    collect_rarely()
    from gpusim.cli.app import app

    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except OSError as error:  # of help and usage, which typer prints by itself
        sys.exit(f"standard output cannot be written: {error.strerror}")
