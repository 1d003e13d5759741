"""`python -m connector_core` is the command `paylink`."""

from connector_core.adapters.cli.entry import main

main()
