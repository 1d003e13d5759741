"""People, sessions, one-time addresses and keys, on both databases; and the trail of what was done."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from connector_core.adapters.store_sql import SqlPeople, SqlStore
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId, uuid7
from connector_core.domain.person import EVERY_SHOP, Person, PersonId, Role
from connector_core.ports.people import Act, ApiKey, OneTimePass, PassPurpose, Session
from connector_core.ports.store import StoreUnavailable

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ACT = Act("anna@shop.example", "test")


@pytest.fixture
def people(store: SqlStore) -> SqlPeople:
    return SqlPeople(store)


def person(email: str = "", **rest: object) -> Person:
    own = PersonId(uuid7())
    return replace(Person(own, email or f"{own}@shop.example", "Anna", "de", {ShopId("a"): Role.AGENT}), **rest)  # type: ignore[arg-type] # fields of the person


async def added(people: SqlPeople, **rest: object) -> Person:
    one = person(**rest)  # type: ignore[arg-type] # as above
    await people.put_person(one, ACT)
    return one


def session(of: Person, name: str = "") -> Session:
    return Session(name or uuid7(), of.id, NOW, NOW, NOW, "Firefox", "192.0.2.1")


async def test_a_person_comes_back_as_it_was(people: SqlPeople) -> None:
    assert not await people.anyone()
    one = await added(people, roles={ShopId("a"): Role.OWNER, EVERY_SHOP: Role.READER})
    assert await people.anyone()
    assert await people.person(one.id) == one
    assert await people.everyone() == [one]


async def test_an_address_is_found_in_any_case_and_belongs_to_one(people: SqlPeople) -> None:
    one = await added(people, email="anna@shop.example")
    found = await people.credentials(" Anna@Shop.Example ")
    assert found is not None
    assert found.person == one
    with pytest.raises(InvalidInput) as refusal:
        await added(people, email="anna@shop.example")
    assert (refusal.value.field, refusal.value.status) == ("email", 409)


async def test_a_new_password_ends_every_session_and_lock(people: SqlPeople) -> None:
    one = await added(people)
    await people.add_session(session(one), ACT)
    await people.note_failure(one.id, NOW + timedelta(hours=1), ACT)
    await people.set_password(one.id, "$argon2id$...", ACT)
    found = await people.credentials(one.email)
    assert found is not None
    assert (found.password, found.failures, found.locked_until) == ("$argon2id$...", 0, None)
    assert await people.sessions(one.id) == []


async def test_whoever_is_locked_out_has_no_session_and_no_address(people: SqlPeople) -> None:
    one = await added(people)
    await people.add_session(session(one, "s"), ACT)
    await people.add_pass(OneTimePass("p", PassPurpose.SIGN_IN, one.id, NOW + timedelta(days=1)), ACT)
    await people.put_person(replace(one, disabled=True), ACT)
    assert await people.session("s") is None
    assert await people.find_pass("p", NOW) is None


async def test_a_code_is_taken_once(people: SqlPeople) -> None:
    one = await added(people)
    await people.set_totp(one.id, "JBSWY3DPEHPK3PXP", ACT)
    taken = await asyncio.gather(*(people.take_totp(one.id, 7) for _ in range(4)))
    assert sorted(taken) == [False, False, False, True]
    assert not await people.take_totp(one.id, 6)
    assert await people.take_totp(one.id, 8)


async def test_a_one_time_address_is_used_up_once_and_only_in_time(people: SqlPeople) -> None:
    one = await added(people)
    await people.add_pass(OneTimePass("p", PassPurpose.INVITATION, one.id, NOW + timedelta(days=2)), ACT)
    assert await people.find_pass("p", NOW) == await people.find_pass("p", NOW)
    assert await people.find_pass("p", NOW + timedelta(days=2)) is None
    taken = await asyncio.gather(*(people.take_pass("p", NOW, ACT) for _ in range(4)))
    assert len([one_time for one_time in taken if one_time]) == 1
    assert await people.find_pass("p", NOW) is None


async def test_sessions_end_one_by_one_or_all_but_this(people: SqlPeople) -> None:
    one = await added(people)
    for name in ("x", "y", "z"):
        await people.add_session(session(one, name), ACT)
    await people.touch_session("x", NOW + timedelta(minutes=5), confirmed_at=NOW + timedelta(minutes=5))
    found = await people.session("x")
    assert found is not None
    assert found[0].seen_at == found[0].confirmed_at == NOW + timedelta(minutes=5)
    await people.end_session("y", ACT)
    await people.end_sessions(one.id, ACT, but="x")
    assert [left.id for left in await people.sessions(one.id)] == ["x"]


async def test_a_key_works_until_it_is_ended(people: SqlPeople) -> None:
    key = ApiKey("k", "plk_abcd", "till", ShopId("a"), Role.AGENT, NOW, "anna@shop.example")
    await people.add_key(key, ACT)
    assert await people.key("k", NOW) == key
    assert [found.used_at for found in await people.keys([ShopId("a")])] == [NOW]
    assert await people.keys([ShopId("b")]) == []
    assert await people.end_key("k", NOW, ACT)
    assert not await people.end_key("k", NOW, ACT)
    assert await people.key("k", NOW) is None


async def test_what_was_done_is_kept_in_order_by_shop_and_fits_together(people: SqlPeople) -> None:
    await asyncio.gather(*(people.note(Act("a", f"act-{n}", "it", ShopId(f"s{n % 2}"), {"n": n})) for n in range(20)))
    acts = await people.acts(limit=5)
    assert [line.seq for line in acts] == [20, 19, 18, 17, 16]
    assert {line.act.shop for line in await people.acts(shops=[ShopId("s1")])} == {"s1"}
    assert [line.seq for line in await people.acts(before=3)] == [2, 1]
    assert await people.verify() == (20, None)


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'somebody'", "DELETE FROM audit WHERE seq = 2"])
@pytest.mark.fault(73)
async def test_the_database_itself_keeps_every_line(store: SqlStore, people: SqlPeople, change: str) -> None:
    await noted(people, 2)
    with pytest.raises(StoreUnavailable, match="append-only"):
        await store.transact(lambda c: c.exec_driver_sql(change) and None)
    assert await people.verify() == (2, None)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE audit SET actor = 'somebody' WHERE seq = 5", 5),
        ("UPDATE audit SET data = '{\"n\":9}' WHERE seq = 1", 1),
        ("UPDATE audit SET at = at + 1 WHERE seq = 9", 9),
        ("DELETE FROM audit WHERE seq = 4", 5),
        ("DELETE FROM audit WHERE seq = 1", 2),
        ("DELETE FROM audit WHERE seq > 7", 8),
        ("DELETE FROM audit", 1),
        ("INSERT INTO audit SELECT 11, at, actor, action, subject, shop, data, hash FROM audit WHERE seq = 10", 11),
        ("UPDATE audit SET seq = 99 WHERE seq = 10", 99),
    ],
)
@pytest.mark.fault(73)
async def test_a_line_that_was_tampered_with_is_found(
    store: SqlStore, people: SqlPeople, change: str, found: int
) -> None:
    await noted(people, 10)
    await unguarded(store, change)
    assert (await people.verify())[1] == found


@pytest.mark.fault(73)
async def test_a_trail_that_was_written_anew_does_not_end_as_the_real_one_did(
    store: SqlStore, people: SqlPeople
) -> None:
    await noted(people, 3)
    end = await store.cursor("audit")
    await unguarded(store, "DELETE FROM audit")
    await noted(people, 4)
    await store.save_cursor("audit", end)
    assert await people.verify() == (3, 3)


@pytest.mark.fault(73)
async def test_two_daemons_write_one_chain(postgres_url: str) -> None:
    stores = [SqlStore(postgres_url, owner=name) for name in ("one", "other")]
    await asyncio.gather(*(store.open() for store in stores))
    trails = [SqlPeople(store) for store in stores]
    await asyncio.gather(*(noted(trail, 40) for trail in trails), *(noted(trail, 40) for trail in trails))
    assert await trails[0].verify() == (160, None)
    await asyncio.gather(*(store.close() for store in stores))


async def noted(people: SqlPeople, lines: int) -> None:
    for n in range(lines):
        await people.note(Act("anna", "act", "it", data={"n": n}))


async def unguarded(store: SqlStore, change: str) -> None:
    """As somebody would who owns the database."""

    def work(c: Connection) -> None:
        if c.dialect.name == "sqlite":
            for guard in ("audit_no_update", "audit_no_delete"):
                c.exec_driver_sql(f"DROP TRIGGER {guard}")
        else:
            c.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER ALL")
        c.exec_driver_sql(change)

    await store.transact(work)


async def test_of_two_who_take_one_address_at_once_one_gets_it(people: SqlPeople) -> None:
    tried = await asyncio.gather(
        *(added(people, email=email) for email in ("anna@shop.example", "Anna@Shop.example")), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in tried) == ["InvalidInput", "Person"]
    assert [person.email for person in await people.everyone()] == ["anna@shop.example"]


async def test_an_act_is_kept_with_its_change_or_not_at_all(people: SqlPeople) -> None:
    await added(people, email="anna@shop.example")
    with pytest.raises(InvalidInput):
        await people.put_person(person("anna@shop.example"), Act("b", "person.stolen"))
    assert [line.act.action for line in await people.acts()] == ["test"]
