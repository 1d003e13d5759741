"""The demo Odoo in its kinds, and plugins that are connected to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from connector_odoo.fake import FakeOdoo, FakeOdooConfig
from connector_odoo.plugin import OdooPlugin
from connector_odoo.settings import OdooSettings

from connector_core.sdk import ConnectionId
from tests.plugins.odoo.listener import Listener
from tests.plugins.odoo.office import Office

pytest.register_assert_rewrite("tests.plugins.odoo.stories")
MakePlugin = Callable[..., OdooPlugin]
KINDS = [(16, False), (19, False), (16, True), (19, True)]


def kind_name(kind: tuple[int, bool]) -> str:
    return f"{kind[0]}{'-addon' if kind[1] else ''}"


def settings_for(odoo: FakeOdoo, **changes: Any) -> OdooSettings:
    return OdooSettings.model_validate({**odoo.settings(), **changes})


@pytest.fixture(params=KINDS, ids=kind_name)
def odoo(request: pytest.FixtureRequest) -> Iterator[FakeOdoo]:
    """Both dialects, with and without the addon; `parametrize` it indirectly for one kind."""
    version, addon = request.param
    server = FakeOdoo(FakeOdooConfig(seed=1, version=version, addon=addon))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def connect(odoo: FakeOdoo) -> Iterator[MakePlugin]:
    made: list[OdooPlugin] = []

    def make(**changes: Any) -> OdooPlugin:
        made.append(OdooPlugin(ConnectionId("odoo-main"), settings_for(odoo, **changes)))
        return made[-1]

    yield make
    for plugin in made:
        plugin.close()


@pytest.fixture
def plugin(connect: MakePlugin) -> OdooPlugin:
    return connect()


@pytest.fixture
def office(odoo: FakeOdoo) -> Iterator[Office]:
    made = Office(settings_for(odoo))
    yield made
    made.close()


def only(*kinds: tuple[int, bool]) -> pytest.MarkDecorator:
    """For what is the same in every kind, or concerns some of them only."""
    return pytest.mark.parametrize("odoo", kinds or KINDS[1:2], ids=kind_name, indirect=True)


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()
