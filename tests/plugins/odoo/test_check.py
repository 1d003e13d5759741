"""The check names what is wrong and the way out, and changes nothing."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from connector_odoo.fake import FakeOdoo, FakeOdooConfig
from connector_odoo.fake.books import USER
from connector_odoo.plugin import OdooPlugin

from connector_core.sdk import AuthenticationError, ConfigurationError, Probe
from tests.plugins.odoo.conftest import MakePlugin, only, settings_for


def probes(plugin: OdooPlugin) -> dict[str, Probe]:
    return {probe.name: probe for probe in plugin.check()}


def failing(plugin: OdooPlugin) -> set[str]:
    return {name for name, probe in probes(plugin).items() if not probe.ok}


def test_all_is_well_and_nothing_was_changed(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref = odoo.place_order()
    before = odoo.row(ref)
    assert failing(plugin) == set()
    assert odoo.row(ref) == before
    assert f"Odoo {odoo.config.version}" in probes(plugin)["fetch"].detail


@pytest.mark.fault(28)
def test_wrong_key_fails_every_probe_with_one_cure(connect: MakePlugin) -> None:
    found = probes(connect(password="wrong-key"))
    assert {probe.ok for probe in found.values()} == {False}
    assert "Preferences > Account Security" in found["fetch"].cure or "API key" in found["fetch"].cure


@pytest.mark.fault(28)
def test_key_that_was_taken_back_while_at_work_is_an_authentication_error(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    plugin.poll(None)
    odoo.on_loop(lambda: setattr(odoo.door, "key", "another key"))
    with pytest.raises(AuthenticationError):
        plugin.poll(None)


def test_unknown_database_is_a_setting(connect: MakePlugin) -> None:
    probe = probes(connect(database="nope"))["fetch"]
    assert not probe.ok
    assert "name of the database" in probe.cure


def test_address_without_odoo_is_a_setting(odoo: FakeOdoo, connect: MakePlugin) -> None:
    probe = probes(connect(url=f"{odoo.url}/elsewhere"))["fetch"]
    assert "No Odoo answers" in probe.detail
    assert "/web" in probe.cure


@pytest.mark.parametrize("model", ["sale.order", "account.move", "res.partner"])
def test_missing_rights_are_named(odoo: FakeOdoo, connect: MakePlugin, model: str) -> None:
    odoo.on_loop(lambda: odoo.methods.forbidden.add(model))
    probe = probes(connect())["fetch"]
    assert not probe.ok
    assert model in probe.detail
    assert "Settings > Users" in probe.cure


def test_user_that_may_not_enter_payments_fails_the_write_probe(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    plugin.check()
    odoo.on_loop(lambda: odoo.methods.forbidden.add("account.payment"))
    assert "write_back" in failing(plugin)


@only((16, False), (19, False))
def test_user_without_an_address_is_named_where_odoo_needs_one(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    odoo.on_loop(lambda: odoo.db.tables["res.users"][USER].update(email=False))
    assert ("write_back" in failing(plugin)) is (odoo.config.version == 16)


@only()
def test_two_journals_need_a_choice(odoo: FakeOdoo, connect: MakePlugin) -> None:
    odoo.do(
        lambda books: books.db.insert(
            "account.journal", {"name": "Kasse", "code": "CSH1", "type": "cash", "company_id": 1}
        )
    )
    probe = probes(connect())["write_back"]
    assert not probe.ok
    assert "BNK1 (Bank)" in probe.cure
    assert "CSH1 (Kasse)" in probe.cure
    assert failing(connect(journal="CSH1")) == set()
    assert failing(connect(journal="6")) == set()
    assert failing(connect(journal="NONE")) == {"write_back"}


@only((19, False))
def test_key_that_ends_soon_is_told_ahead(odoo: FakeOdoo, plugin: OdooPlugin, caplog: pytest.LogCaptureFixture) -> None:
    end = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d %H:%M:%S}"
    (key,) = odoo.db.tables["res.users.apikeys"].values()
    odoo.on_loop(lambda: key.update(expiration_date=end))
    assert failing(plugin) == set()
    assert f"expires on {end[:10]}" in probes(plugin)["fetch"].detail
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            plugin.poll(None)
    told = [record for record in caplog.records if f"expires on {end[:10]}" in record.getMessage()]
    assert len(told) == 1


@only((19, False))
def test_key_that_lasts_is_not_worth_a_word(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    end = f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d %H:%M:%S}"
    (key,) = odoo.db.tables["res.users.apikeys"].values()
    odoo.on_loop(lambda: key.update(expiration_date=end))
    assert "expires" not in probes(plugin)["fetch"].detail


def test_password_works_too(odoo: FakeOdoo, connect: MakePlugin) -> None:
    plugin = connect(password=odoo.config.password)
    assert failing(plugin) == set()
    assert ("make an API key" in probes(plugin)["fetch"].detail) is (odoo.config.version == 19)


def test_addon_is_recognised(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    assert ("addon is installed" in probes(plugin)["webhook"].detail) is odoo.config.addon


@only((16, True), (19, True))
def test_user_without_the_addons_right_is_named(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    odoo.on_loop(lambda: odoo.methods.forbidden.add("paylink.connector"))
    assert "PayLink: Connector API" in probes(plugin)["fetch"].cure


@only()
def test_odoo_behind_a_path(connect: MakePlugin) -> None:
    server = FakeOdoo(FakeOdooConfig(base_path="/erp"))
    server.start()
    plugin = OdooPlugin(connect().connection, settings_for(server))
    assert failing(plugin) == set()
    plugin.close()
    server.stop()


@only()
def test_odoo_that_is_too_old_is_named(connect: MakePlugin) -> None:
    server = FakeOdoo(FakeOdooConfig(version=15))
    server.start()
    plugin = OdooPlugin(connect().connection, settings_for(server))
    with pytest.raises(ConfigurationError, match="Odoo 15; 16 is the oldest"):
        plugin.poll(None)
    plugin.close()
    server.stop()


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "odoo.example"},
        {"url": "https://user:pass@odoo.example"},
        {"url": "https://odoo.example/web"},
        {"url": "https://odoo.example/jsonrpc"},
        {"url": "ftp://odoo.example"},
        {"url": "https://odoo.example/?db=merchant"},
        {"webhook_secrets": ["whsec_short"]},
        {"webhook_secrets": ["0123456789abcdef0123456789abcdef"]},
        {"webhook_secrets": ["whsec_not base64 at all, but long enough"]},
        {"webhook_secrets": []},
        {"webhook_token": "short"},
        {"ask_for": "quotations"},
        {"database": ""},
        {"companies": ["Muster"]},
        {"timeout_seconds": 0},
        {"colour": "green"},
    ],
    ids=str,
)
@only()
def test_setting_that_cannot_work_is_refused_at_once(odoo: FakeOdoo, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        settings_for(odoo, **changes)
