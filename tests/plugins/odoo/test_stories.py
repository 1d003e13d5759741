"""The stories on the demo Odoo, in both dialects, with and without the addon."""

from collections.abc import Iterator

import pytest
from connector_odoo.fake import FakeOdoo

from tests.plugins.odoo.conftest import settings_for
from tests.plugins.odoo.office import Office
from tests.plugins.odoo.stories import OdooStories


@pytest.fixture
def office(odoo: FakeOdoo) -> Iterator[Office]:
    made = Office(settings_for(odoo))
    yield made
    made.close()


class TestDemoOdoo(OdooStories):
    pass
