"""Where commands write. The daemon writes logs and has no use for it (`entry.py`)."""

from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
