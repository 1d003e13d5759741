"""People, their sessions, one-time addresses and API keys, and the audit trail of what they did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from connector_core.domain.ids import ShopId
from connector_core.domain.person import Person, PersonId, Role


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a person proves who it is. `password` is an argon2 hash, `totp` the secret of the second factor; both may be
    empty. `last_totp` is the time step of the newest code that was taken, so that none is taken twice.
    """

    person: Person
    password: str = ""
    totp: str = ""
    last_totp: int = 0
    failures: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """`id` is the SHA-256 of the token in the cookie, which itself is kept nowhere. `confirmed_at` is when the person
    last proved who it is.
    """

    id: str
    person: PersonId
    created_at: datetime
    seen_at: datetime
    confirmed_at: datetime
    agent: str = ""
    address: str = ""


class PassPurpose(StrEnum):
    """What a one-time address is for."""

    INVITATION = "invitation"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class OneTimePass:
    """`id` is the SHA-256 of the token in the address."""

    id: str
    purpose: PassPurpose
    person: PersonId
    until: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`id` is the SHA-256 of the key, `hint` its beginning, by which people tell it. It works in one shop."""

    id: str
    hint: str
    name: str
    shop: ShopId
    role: Role
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did: `actor` is an e-mail address or the name of a key or command; no secret, phone or card number
    stands in `data`.
    """

    actor: str
    action: str
    subject: str = ""
    shop: ShopId | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One act as it is kept. `hash` is SHA-256 over the line and the hash of the line before it."""

    seq: int
    at: datetime
    act: Act
    hash: str


class People(Protocol):
    """All methods raise `StoreUnavailable`. What changes something takes the act and keeps it in the same commit."""

    async def anyone(self) -> bool:
        """Whether there is a person at all."""
        ...

    async def person(self, person_id: PersonId) -> Person | None: ...

    async def credentials(self, email: str) -> Credentials | None:
        """By e-mail address, in any case."""
        ...

    async def everyone(self) -> Sequence[Person]:
        """By name."""
        ...

    async def put_person(self, person: Person, act: Act) -> None:
        """A new person, or another name, language, roles or `disabled` for a known one; credentials stay. Raises
        `InvalidInput` (409, field `email`) when another person has the address. A disabled one loses its sessions.
        """
        ...

    async def set_password(self, person_id: PersonId, password: str, act: Act) -> None:
        """An argon2 hash. All sessions of the person end."""
        ...

    async def set_totp(self, person_id: PersonId, secret: str, act: Act) -> None:
        """Empty: no second factor any more."""
        ...

    async def take_totp(self, person_id: PersonId, step: int) -> bool:
        """Notes that the code of this time step was used. False when it, or a later one, was used before."""
        ...

    async def note_failure(self, person_id: PersonId, locked_until: datetime | None, act: Act) -> None:
        """One more wrong password or code."""
        ...

    async def clear_failures(self, person_id: PersonId, act: Act) -> None:
        """After a right one."""
        ...

    async def add_pass(self, one_time: OneTimePass, act: Act) -> None: ...

    async def find_pass(self, pass_id: str, now: datetime) -> OneTimePass | None:
        """One that is still good; looking uses nothing up."""
        ...

    async def take_pass(self, pass_id: str, now: datetime, act: Act) -> OneTimePass | None:
        """Uses it up. None when it is unknown, used or too old."""
        ...

    async def add_session(self, session: Session, act: Act) -> None: ...

    async def session(self, session_id: str) -> tuple[Session, Person] | None: ...

    async def sessions(self, person_id: PersonId) -> Sequence[Session]:
        """Newest first."""
        ...

    async def touch_session(self, session_id: str, at: datetime, confirmed_at: datetime | None = None) -> None: ...

    async def end_session(self, session_id: str, act: Act) -> None: ...

    async def end_sessions(self, person_id: PersonId, act: Act, but: str = "") -> None: ...

    async def add_key(self, key: ApiKey, act: Act) -> None: ...

    async def key(self, key_id: str, now: datetime) -> ApiKey | None:
        """One that was not ended; notes that it is used, once a minute at most."""
        ...

    async def keys(self, shops: Sequence[ShopId]) -> Sequence[ApiKey]: ...

    async def end_key(self, key_id: str, at: datetime, act: Act) -> bool: ...


class AuditTrail(Protocol):
    """Append-only and hash-chained: a line that was changed, taken out or put in between is found."""

    async def note(self, act: Act) -> None: ...

    async def acts(
        self, *, shops: Sequence[ShopId] | None = None, before: int = 0, limit: int = 100
    ) -> Sequence[AuditLine]:
        """Newest first; with `shops` only lines of these, with `before` only lines with a smaller number."""
        ...

    async def verify(self) -> tuple[int, int | None]:
        """(number of lines, the first line that does not fit the one before it or is missing, or None)."""
        ...
