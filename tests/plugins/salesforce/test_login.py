"""One token for all, replaced when it ends, and never asked for again and again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from connector_salesforce.fake import FakeSalesforce
from connector_salesforce.plugin import SalesforcePlugin
from connector_woocommerce.fake import FakeShop, FakeShopConfig

from connector_core.sdk import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    OrderRef,
    RateLimited,
    RetryLater,
)
from tests.plugins.salesforce.conftest import MakePlugin


def logins(org: FakeSalesforce) -> int:
    return sum(call["path"].endswith("/oauth2/token") for call in list(org.calls))


def read(plugin: SalesforcePlugin, ref: str) -> bool:
    return OrderRef(ref) in plugin.fetch_orders([OrderRef(ref)], "salesforce.order")


def test_one_login_serves_many_calls(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order()
    for _ in range(3):
        assert read(plugin, ref)
    assert logins(org) == 1


def test_an_ended_token_is_replaced_once_and_the_call_repeated(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order()
    assert read(plugin, ref)
    org.expire_sessions()
    assert read(plugin, ref)
    assert logins(org) == 2


def test_many_threads_that_notice_it_log_in_once(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order()
    assert read(plugin, ref)
    org.expire_sessions()
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda _: read(plugin, ref), range(32)))
    assert logins(org) == 2


def test_a_token_that_is_always_refused_is_replaced_once_and_then_said(
    org: FakeSalesforce, plugin: SalesforcePlugin
) -> None:
    """The library's own way ends in a RecursionError after a thousand logins (reference/salesforce.md 1.2)."""
    org.refuse(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", times=1_000)
    with pytest.raises(AuthenticationError, match="not valid for use with the REST API") as refused:
        read(plugin, org.place_order())
    assert logins(org) == 2
    assert "External Client App" in refused.value.cure


def test_wrong_key_or_secret_names_the_way_out(org: FakeSalesforce, connect: MakePlugin) -> None:
    ref = org.place_order()
    for changes in ({"client_id": "3MVG9wrong"}, {"client_secret": "wrong-secret"}):
        with pytest.raises(AuthenticationError) as refused:
            read(connect(**changes), ref)
        assert "consumer secret" in refused.value.cure
        assert "wrong-secret" not in str(refused.value)


def test_an_org_that_is_away_is_named(org: FakeSalesforce, connect: MakePlugin) -> None:
    plugin = connect(url=f"http://localhost:{org.url.rpartition(':')[2]}")
    ref = org.place_order()
    assert read(plugin, ref)
    org.stop()
    with pytest.raises(RetryLater, match="localhost"):
        read(plugin, ref)


def test_another_server_at_the_address_names_the_way_out(connect: MakePlugin) -> None:
    shop = FakeShop(FakeShopConfig())
    shop.start()
    try:
        with pytest.raises(ConfigurationError, match="No Salesforce login") as refused:
            read(connect(url=shop.url), "8015g00001AaB07AAF")
        assert "My Domain" in refused.value.cure
    finally:
        shop.stop()


@pytest.mark.parametrize(
    ("status", "code", "message", "error", "seconds"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", RateLimited, 900),
        (
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
            RateLimited,
            20,
        ),
        (400, "QUERY_TIMEOUT", "Your query request was running for too long.", RetryLater, None),
        (503, "SERVER_UNAVAILABLE", "Server is too busy", RetryLater, None),
        (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", ConfigurationError, None),
        (410, "UNSUPPORTED_API_VERSION", "The requested resource is retired", ConfigurationError, None),
    ],
)
def test_refusals_say_what_the_runner_shall_do(
    org: FakeSalesforce,
    plugin: SalesforcePlugin,
    status: int,
    code: str,
    message: str,
    error: type[ConnectorError],
    seconds: int | None,
) -> None:
    ref = org.place_order()
    assert read(plugin, ref)
    org.refuse(status, code, message)
    with pytest.raises(error) as refused:
        read(plugin, ref)
    after = getattr(refused.value, "after", None)
    assert (after.total_seconds() if after else None) == seconds
    assert read(plugin, ref)
