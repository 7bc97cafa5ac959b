"""The command line. Commands are thin; everything heavy is imported inside them."""


def main() -> None:
    """Entry point of `gpusim`. Workers import this module, so typer waits until it is called."""
    from gpusim.cli.app import app

    app()
