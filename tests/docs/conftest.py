"""The documentation is tried in an environment without settings of its own."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PAYLINK_")]:
        monkeypatch.delenv(name)
