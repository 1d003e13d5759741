"""The example plugin is used as an integrator has it: a folder of its own, here on the path instead of installed."""

import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
sys.path.insert(0, str(EXAMPLES / "acme"))
