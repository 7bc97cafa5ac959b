"""The command line. Commands are thin; everything heavy is imported inside them."""

import gc

RARELY = (50_000, 20, 100)
"""Look for garbage after so many new objects, and among older ones after so many times: imports and
tables make many that live to the end, and looking at them over and over is a tenth of a command."""


def main() -> None:
    """Entry point of `gpusim`. Workers import this module, so typer waits until it is called."""
    gc.set_threshold(*RARELY)
    from gpusim.cli.app import app

    app()
