"""The stories on the demo Odoo, in both dialects, with and without the addon."""

from tests.plugins.odoo.stories import OdooStories


class TestDemoOdoo(OdooStories):
    pass
