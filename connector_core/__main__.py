"""`python -m connector_core` is the command `paylink`."""

from connector_core.adapters.cli.main import main

main()
