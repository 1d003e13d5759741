"""`make test-live-odoo`: the stories on a real server. They make what they need, and touch nothing else."""

from collections.abc import Callable, Iterator

import pytest
from connector_odoo.plugin import OdooPlugin

from connector_core.sdk import AuthenticationError, ConfigurationError, ConnectionId
from tests.plugins.odoo.live.server import GIVEN, OFFICE, asking_by_itself, settings
from tests.plugins.odoo.office import Office
from tests.plugins.odoo.stories import OdooStories

if not all(GIVEN.values()):
    pytest.skip("no real Odoo: set PAYLINK_TEST_ODOO_URL, _DB, _LOGIN and _PASSWORD", allow_module_level=True)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    made = Office(settings(**OFFICE))
    with asking_by_itself(made):
        yield made
    made.close()


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
