"""A Salesforce org on localhost, for tests and the demo."""

from collections.abc import Mapping
from dataclasses import replace

from connector_core.sdk.testing.vendor import VendorSandbox
from connector_salesforce.fake.config import FakeSalesforceConfig
from connector_salesforce.fake.salesforce import FakeSalesforce

__all__ = ["FakeSalesforce", "FakeSalesforceConfig", "serve"]


def serve(host: str, port: int, options: Mapping[str, str]) -> VendorSandbox:
    """A running org; `options` may hold ``name``, ``package`` (``0``: without), ``multicurrency`` (``1``) and
    ``latency_seconds``."""
    usual = FakeSalesforceConfig()
    config = replace(
        usual,
        name=options.get("name", usual.name),
        package=options.get("package", "1") == "1",
        multicurrency=options.get("multicurrency") == "1",
        latency_seconds=float(options.get("latency_seconds", usual.latency_seconds)),
    )
    salesforce = FakeSalesforce(config)
    salesforce.start(host, port)
    return salesforce
