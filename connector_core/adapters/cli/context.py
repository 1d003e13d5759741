"""What all commands share: the options, the configuration, and how an error looks."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop

from connector_core.adapters.cli.language import say
from connector_core.domain.errors import ConnectorError
from connector_core.ports.store import StoreUnavailable
from connector_core.settings import Settings, load_settings

ResultT = TypeVar("ResultT")

DEFAULT_CONFIG = Path("paylink.toml")

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help=say("The configuration (default: paylink.toml).", "Die Konfiguration (Vorgabe: paylink.toml)."),
    ),
]


def settings(config: Path | None) -> Settings:
    """`--config`, else `PAYLINK_CONFIG`, else paylink.toml here if it is there, else the environment alone."""
    named = config or (Path(path) if (path := os.environ.get("PAYLINK_CONFIG")) else None)
    if named is None and DEFAULT_CONFIG.exists():
        named = DEFAULT_CONFIG
    return load_settings(named)


def run_async(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


@contextmanager
def plain_errors() -> Iterator[None]:
    """An administrator sees what happened and what to do, not a traceback; the exit status is 1."""
    try:
        yield
    except ConnectorError as error:
        fail(error.sentence, error.cure)
    except StoreUnavailable as error:
        fail(
            str(error),
            say("Check the setting database and its server.", "Prüfen Sie die Einstellung database und ihren Server."),
        )
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(1) from None


def fail(sentence: str, cure: str = "") -> NoReturn:
    typer.secho(sentence, fg=typer.colors.RED, bold=True, err=True)
    if cure:
        typer.echo("→ " + cure, err=True)
    raise typer.Exit(1)
