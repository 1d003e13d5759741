"""The real server that `make test-live-odoo` is given."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from connector_odoo.settings import OdooSettings

from tests.plugins.odoo.office import Office

SECRET = "whsec_0123456789abcdef0123456789abcdef"
VARIABLES = ("URL", "DB", "LOGIN", "PASSWORD")
GIVEN = {name: os.environ.get(f"PAYLINK_TEST_ODOO_{name}", "") for name in VARIABLES}
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
        "webhook_secrets": [SECRET],
        "poll_lookback_hours": 1,
    }
    return OdooSettings.model_validate({**values, **changes})


@contextmanager
def asking_by_itself(office: Office, address: str = "http://127.0.0.1:9/webhooks/odoo-live") -> Iterator[None]:
    """Where the addon is installed it asks for every document and tells this address; its settings are put back."""
    if not office.addon:
        yield
        return
    ours = {"paylink_address": address, "paylink_secret": SECRET, "paylink_mode": "automatic"}
    before = office.rpc.search_read("res.company", [], list(ours))
    office.rpc.write("res.company", [row["id"] for row in before], ours)
    yield
    for row in before:
        office.rpc.write("res.company", [row["id"]], {name: row[name] for name in ours})
