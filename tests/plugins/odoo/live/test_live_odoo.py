"""`make test-live-odoo`: the stories on a real server. They make what they need, and touch nothing else."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from connector_odoo.plugin import OdooPlugin
from connector_odoo.settings import OdooSettings

from connector_core.sdk import AuthenticationError, ConfigurationError, ConnectionId
from tests.plugins.odoo.office import Office
from tests.plugins.odoo.stories import OdooStories

VARIABLES = ("URL", "DB", "LOGIN", "PASSWORD")
GIVEN = {name: os.environ.get(f"PAYLINK_TEST_ODOO_{name}", "") for name in VARIABLES}
if not all(GIVEN.values()):
    pytest.skip("no real Odoo: set PAYLINK_TEST_ODOO_URL, _DB, _LOGIN and _PASSWORD", allow_module_level=True)
OFFICE = {
    name.lower(): value
    for name in ("LOGIN", "PASSWORD")
    if (value := os.environ.get(f"PAYLINK_TEST_ODOO_OFFICE_{name}", ""))
}
"""Who confirms orders, where the connector's user has only the rights of the documentation."""


def settings(**changes: object) -> OdooSettings:
    values = {
        "url": GIVEN["URL"],
        "database": GIVEN["DB"],
        "login": GIVEN["LOGIN"],
        "password": GIVEN["PASSWORD"],
        "webhook_secrets": ["whsec_0123456789abcdef0123456789abcdef"],
        "poll_lookback_hours": 1,
    }
    return OdooSettings.model_validate({**values, **changes})


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    made = Office(settings(**OFFICE))
    with asking_by_itself(made):
        yield made
    made.close()


@contextmanager
def asking_by_itself(office: Office) -> Iterator[None]:
    """Where the addon is installed it asks for every document; its settings are put back afterwards."""
    if not office.addon:
        yield
        return
    ours = {"paylink_address": "http://127.0.0.1:9/webhooks/odoo-live", "paylink_mode": "automatic"}
    before = office.rpc.search_read("res.company", [], list(ours))
    office.rpc.write("res.company", [row["id"] for row in before], ours)
    yield
    for row in before:
        office.rpc.write("res.company", [row["id"]], {name: row[name] for name in ours})


@pytest.fixture
def connect(office: Office) -> Iterator[Callable[..., OdooPlugin]]:
    made: list[OdooPlugin] = []

    def make(**changes: object) -> OdooPlugin:
        made.append(OdooPlugin(ConnectionId("odoo-live"), settings(**{"journal": str(office.journal()), **changes})))
        return made[-1]

    yield make
    for plugin in made:
        plugin.close()


class TestLiveOdoo(OdooStories):
    def test_wrong_key_is_told_from_a_wrong_database(self, connect: Callable[..., OdooPlugin]) -> None:
        with pytest.raises(AuthenticationError):
            connect(password="0123456789abcdef0123456789abcdef01234567").poll(None)
        with pytest.raises(ConfigurationError):
            connect(database="no_such_database").poll(None)
