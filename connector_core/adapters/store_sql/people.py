"""People, sessions, one-time addresses and API keys; every change with its act in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select, update

from connector_core.adapters.store_sql import audit
from connector_core.adapters.store_sql.office_schema import api_keys, passes, people, roles, sessions
from connector_core.adapters.store_sql.rows import micros, moment
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Person, PersonId, Role
from connector_core.ports.people import Act, ApiKey, AuditLine, Credentials, OneTimePass, PassPurpose, Session

ResultT = TypeVar("ResultT")
_USED_EVERY = timedelta(minutes=1)
_PASSES_KEPT = timedelta(days=7)


class SqlPeople:
    """The `People` and `AuditTrail` ports over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def anyone(self) -> bool:
        return bool(await self._store.read(lambda c: c.execute(select(people.c.id).limit(1)).scalar()))

    async def person(self, person_id: PersonId) -> Person | None:
        found = await self._store.read(lambda c: _credentials(c, people.c.id == person_id))
        return found.person if found else None

    async def credentials(self, email: str) -> Credentials | None:
        address = email.strip().lower()
        return await self._store.read(lambda c: _credentials(c, people.c.email == address))

    async def everyone(self) -> Sequence[Person]:
        return await self._store.read(_everyone)

    async def put_person(self, person: Person, act: Act) -> None:
        await self._do(lambda c: _put_person(c, person), act)

    async def set_password(self, person_id: PersonId, password: str, act: Act) -> None:
        def work(c: Connection) -> None:
            _set(c, person_id, password=password, failures=0, locked_until=0)
            c.execute(delete(sessions).where(sessions.c.person == person_id))

        await self._do(work, act)

    async def set_totp(self, person_id: PersonId, secret: str, act: Act) -> None:
        await self._do(lambda c: _set(c, person_id, totp=secret, last_totp=0), act)

    async def take_totp(self, person_id: PersonId, step: int) -> bool:
        fresh = update(people).where(people.c.id == person_id, people.c.last_totp < step).values(last_totp=step)
        return await self._store.transact(lambda c: c.execute(fresh).rowcount == 1)

    async def note_failure(self, person_id: PersonId, locked_until: datetime | None, act: Act) -> None:
        until = micros(locked_until) if locked_until else 0
        await self._do(lambda c: _set(c, person_id, failures=people.c.failures + 1, locked_until=until), act)

    async def clear_failures(self, person_id: PersonId, act: Act) -> None:
        await self._do(lambda c: _set(c, person_id, failures=0, locked_until=0), act)

    async def add_pass(self, one_time: OneTimePass, act: Act) -> None:
        await self._do(lambda c: _add_pass(c, one_time), act)

    async def find_pass(self, pass_id: str, now: datetime) -> OneTimePass | None:
        return await self._store.read(lambda c: _pass(c, pass_id, now))

    async def take_pass(self, pass_id: str, now: datetime, act: Act) -> OneTimePass | None:
        def work(c: Connection) -> OneTimePass | None:
            found = _pass(c, pass_id, now)
            taken = c.execute(delete(passes).where(passes.c.id == pass_id)).rowcount == 1
            return found if taken else None

        return await self._take(work, act)

    async def add_session(self, session: Session, act: Act) -> None:
        await self._do(lambda c: c.execute(insert(sessions).values(**_session_row(session))), act)

    async def session(self, session_id: str) -> tuple[Session, Person] | None:
        def query(c: Connection) -> tuple[Session, Person] | None:
            row = c.execute(select(sessions).where(sessions.c.id == session_id)).first()
            found = _credentials(c, people.c.id == row.person) if row else None
            return (_session(row), found.person) if found else None

        return await self._store.read(query)

    async def sessions(self, person_id: PersonId) -> Sequence[Session]:
        query = select(sessions).where(sessions.c.person == person_id).order_by(sessions.c.created_at.desc())
        return await self._store.read(lambda c: [_session(row) for row in c.execute(query)])

    async def touch_session(self, session_id: str, at: datetime, confirmed_at: datetime | None = None) -> None:
        values = {"seen_at": micros(at), **({"confirmed_at": micros(confirmed_at)} if confirmed_at else {})}
        touched = update(sessions).where(sessions.c.id == session_id).values(**values)
        await self._store.write(lambda c: c.execute(touched) and None)

    async def end_session(self, session_id: str, act: Act) -> None:
        await self._do(lambda c: c.execute(delete(sessions).where(sessions.c.id == session_id)), act)

    async def end_sessions(self, person_id: PersonId, act: Act, but: str = "") -> None:
        ended = delete(sessions).where(sessions.c.person == person_id, sessions.c.id != but)
        await self._do(lambda c: c.execute(ended), act)

    async def add_key(self, key: ApiKey, act: Act) -> None:
        await self._do(lambda c: c.execute(insert(api_keys).values(**_key_row(key))), act)

    async def key(self, key_id: str, now: datetime) -> ApiKey | None:
        found = await self._store.read(lambda c: _keys(c, api_keys.c.id == key_id))
        if not found or found[0].ended_at:
            return None
        if found[0].used_at is None or now > found[0].used_at + _USED_EVERY:
            used = update(api_keys).where(api_keys.c.id == key_id).values(used_at=micros(now))
            await self._store.write(lambda c: c.execute(used) and None)
        return found[0]

    async def keys(self, shops: Sequence[ShopId]) -> Sequence[ApiKey]:
        return await self._store.read(lambda c: _keys(c, api_keys.c.shop.in_(shops)))

    async def end_key(self, key_id: str, at: datetime, act: Act) -> bool:
        ended = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.ended_at == 0).values(ended_at=micros(at))

        return await self._take(lambda c: c.execute(ended).rowcount == 1, act)

    async def note(self, act: Act) -> None:
        await self._store.transact(lambda c: audit.note(c, act))

    async def acts(
        self, *, shops: Sequence[ShopId] | None = None, before: int = 0, limit: int = 100
    ) -> Sequence[AuditLine]:
        return await self._store.read(lambda c: audit.acts(c, shops, before, limit))

    async def verify(self) -> tuple[int, int | None]:
        return await self._store.read(audit.verify)

    async def _do(self, work: Callable[[Connection], Any], act: Act) -> None:
        def both(c: Connection) -> None:
            audit.lock(c)
            work(c)
            audit.note(c, act)

        await self._store.transact(both)

    async def _take(self, work: Callable[[Connection], ResultT], act: Act) -> ResultT:
        return await self._store.transact(lambda c: audit.noted(c, act, lambda: work(c)))


def _credentials(connection: Connection, which: Any) -> Credentials | None:
    row = connection.execute(select(people).where(which)).first()
    if row is None:
        return None
    given = connection.execute(select(roles).where(roles.c.person == row.id))
    person = _person(row, {ShopId(role.shop): Role(role.role) for role in given})
    locked = moment(row.locked_until) if row.locked_until else None
    return Credentials(person, row.password, row.totp, row.last_totp, row.failures, locked)


def _everyone(connection: Connection) -> list[Person]:
    given: dict[str, dict[ShopId, Role]] = {}
    for role in connection.execute(select(roles)):
        given.setdefault(role.person, {})[ShopId(role.shop)] = Role(role.role)
    rows = connection.execute(select(people).order_by(func.lower(people.c.name), people.c.email))
    return [_person(row, given.get(row.id, {})) for row in rows]


def _person(row: Any, given: Mapping[ShopId, Role]) -> Person:
    return Person(PersonId(row.id), row.email, row.name, row.language, given, bool(row.totp), bool(row.disabled))


def _put_person(connection: Connection, person: Person) -> None:
    address = person.email.strip().lower()
    other = select(people.c.id).where(people.c.email == address, people.c.id != person.id)
    if connection.execute(other).scalar():
        raise InvalidInput(
            "Somebody else has this e-mail address.", field="email", status=409, cure="Give that account the role."
        )
    row = {"email": address, "name": person.name, "language": person.language, "disabled": person.disabled}
    if not connection.execute(update(people).where(people.c.id == person.id).values(**row)).rowcount:
        nothing = {"password": "", "totp": "", "last_totp": 0, "failures": 0, "locked_until": 0}
        connection.execute(insert(people).values(id=person.id, **row, **nothing))
    connection.execute(delete(roles).where(roles.c.person == person.id))
    for shop, role in person.roles.items():
        connection.execute(insert(roles).values(person=person.id, shop=shop, role=role))
    if person.disabled:
        for table in (sessions, passes):
            connection.execute(delete(table).where(table.c.person == person.id))


def _set(connection: Connection, person_id: PersonId, **values: Any) -> None:
    connection.execute(update(people).where(people.c.id == person_id).values(**values))


def _add_pass(connection: Connection, one_time: OneTimePass) -> None:
    """Takes away those that were never used in time."""
    connection.execute(delete(passes).where(passes.c.until < micros(SystemClock().now() - _PASSES_KEPT)))
    row = {"id": one_time.id, "purpose": one_time.purpose, "person": one_time.person}
    connection.execute(insert(passes).values(**row, until=micros(one_time.until)))


def _pass(connection: Connection, pass_id: str, now: datetime) -> OneTimePass | None:
    row = connection.execute(select(passes).where(passes.c.id == pass_id, passes.c.until > micros(now))).first()
    return OneTimePass(row.id, PassPurpose(row.purpose), PersonId(row.person), moment(row.until)) if row else None


def _session_row(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "person": session.person,
        "created_at": micros(session.created_at),
        "seen_at": micros(session.seen_at),
        "confirmed_at": micros(session.confirmed_at),
        "agent": session.agent[:200],
        "address": session.address[:64],
    }


def _session(row: Any) -> Session:
    times = (moment(row.created_at), moment(row.seen_at), moment(row.confirmed_at))
    return Session(row.id, PersonId(row.person), *times, row.agent, row.address)


def _key_row(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "hint": key.hint,
        "name": key.name,
        "shop": key.shop,
        "role": key.role,
        "created_at": micros(key.created_at),
        "created_by": key.created_by,
        "ended_at": micros(key.ended_at) if key.ended_at else 0,
        "used_at": micros(key.used_at) if key.used_at else 0,
    }


def _keys(connection: Connection, which: Any) -> list[ApiKey]:
    rows = connection.execute(select(api_keys).where(which).order_by(api_keys.c.created_at.desc()))
    return [
        ApiKey(
            row.id, row.hint, row.name, ShopId(row.shop), Role(row.role), moment(row.created_at), row.created_by,
            moment(row.ended_at) if row.ended_at else None, moment(row.used_at) if row.used_at else None,
        )
        for row in rows
    ]  # fmt: skip
