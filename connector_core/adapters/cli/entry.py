"""`paylink`: the daemon starts without what only other commands need; it would carry that for as long as it runs."""

import gc
import sys


def main() -> None:
    gc.disable()  # what is imported stays: looking through it for garbage is a fifth of the start
    if sys.argv[1:2] != ["run"]:
        from connector_core.adapters.cli.main import main as any_command

        gc.enable()
        any_command()
        return
    _structlog_without_rich()
    import typer

    from connector_core.adapters.cli import run

    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    alone.command(help=run.HELP)(run.run)
    alone(sys.argv[2:], prog_name="paylink run")


def _structlog_without_rich() -> None:
    """It would import rich, and that pygments, for drawings of tracebacks that no log of ours has."""
    sys.modules["rich"] = None  # type: ignore[assignment] # as documented: importing it fails
    import structlog  # noqa: F401

    del sys.modules["rich"]
