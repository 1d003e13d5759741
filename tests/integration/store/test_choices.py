"""What people have chosen for shops, as every daemon follows it."""

from connector_core.adapters.store_sql import SqlChoices, SqlStore
from connector_core.domain.ids import ShopId
from connector_core.ports.choices import ShopChoices
from connector_core.ports.people import Act

ACT = Act("anna@shop.example", "shop.changed")
MAIN, OTHER = ShopId("main"), ShopId("other")


async def test_every_daemon_reads_what_another_has_changed(store: SqlStore) -> None:
    here, there = SqlChoices(store), SqlChoices(store)
    assert await here.shops() == {}
    assert await there.choose(MAIN, ShopChoices(1, {"name": "Tee", "logo": "aGk="}), ACT)
    assert await here.shops() == {MAIN: ShopChoices(1, {"name": "Tee", "logo": "aGk="})}
    assert await there.choose(OTHER, ShopChoices(1, {"colour": "#123456"}), ACT)
    assert await there.choose(MAIN, ShopChoices(2, {}), ACT)
    now = {MAIN: ShopChoices(2, {}), OTHER: ShopChoices(1, {"colour": "#123456"})}
    assert await here.shops() == now
    assert await here.shops() == now
    assert await there.shops() == now


async def test_what_is_known_is_not_read_again(store: SqlStore) -> None:
    choices = SqlChoices(store)
    await choices.choose(MAIN, ShopChoices(1, {"logo": "aGk="}), ACT)
    await choices.choose(OTHER, ShopChoices(1, {"logo": "aGk="}), ACT)
    before = await choices.shops()
    await choices.choose(OTHER, ShopChoices(2, {}), ACT)
    after = await choices.shops()
    assert after[MAIN] is before[MAIN]
    assert after[OTHER] == ShopChoices(2, {})
