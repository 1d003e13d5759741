"""`paylink plugins list`."""

import typer
from rich.table import Table

from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.language import say
from connector_core.registry import find_plugins

HELP = say("The installed plugins.", "Die installierten Plugins.")
app = typer.Typer(no_args_is_help=True)


@app.callback()
def plugins() -> None:
    """A group, though it has one command as yet."""


@app.command("list", help=say("List the installed plugins.", "Die installierten Plugins auflisten."))
def list_plugins() -> None:
    table = Table("Plugin", "Version", "SDK", say("Capabilities", "Fähigkeiten"), say("State", "Zustand"))
    for name, found in find_plugins().items():
        manifest = found.manifest
        if manifest is None:
            table.add_row(name, "", "", "", f"[red]{say('quarantined', 'unter Quarantäne')}: {found.problem}[/]")
            continue
        capabilities = ", ".join(sorted(manifest.capabilities))
        table.add_row(name, manifest.version, manifest.sdk, capabilities, say("ready", "bereit"))
    out.print(table)
