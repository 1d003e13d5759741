"""How a person gets in: password and second factor, or a one-time address; and what keeps everybody else out."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyotp

from connector_core.adapters.web.office.attempts import Attempts
from connector_core.adapters.web.office.passwords import check_new, fits, hashed
from connector_core.adapters.web.office.tokens import digest, new_token
from connector_core.domain.errors import InvalidInput
from connector_core.domain.person import Person, PersonId
from connector_core.ports.clock import Clock
from connector_core.ports.people import Act, Credentials, OneTimePass, PassPurpose, People, Session
from connector_core.ports.store import StoreUnavailable

IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=24)
CONFIRMED = timedelta(minutes=15)
"""So long after proving who they are people may move money without proving it again."""
PASS_LASTS = timedelta(hours=48)

_FAILURES = 5
_LOCKED = timedelta(minutes=1)
_LOCKED_MOST = timedelta(hours=1)
_STEP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from, as far as it says so."""

    address: str
    agent: str


class SignIn:
    """Refuses in the same words whatever was wrong, and locks a person out for a while after five wrong attempts."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._clock = clock
        self._attempts = Attempts(clock)

    async def by_password(self, email: str, password: str, code: str, caller: Caller) -> str:
        """The token of a new session. Raises `InvalidInput`."""
        self._attempts.check(caller.address)
        known = await self._people.credentials(email)
        fitting = await asyncio.to_thread(fits, known.password if known else "", password)
        if known is None:
            self._attempts.wrong(caller.address)
            raise _refused()
        self._not_locked(known)
        if not fitting or known.person.disabled or not await self._code_fits(known, code):
            self._attempts.wrong(caller.address)
            await self._note_failure(known, caller)
            raise _refused(code_needed=fitting and bool(known.totp) and not code)
        if known.failures:
            await self._people.clear_failures(known.person.id, Act(known.person.email, "sign_in.failures_cleared"))
        return await self._begin(known.person, caller, "sign_in.password")

    async def confirm(self, session: Session, person: Person, password: str, code: str) -> None:
        """The person proves once more who it is, before money moves or keys are made. Raises `InvalidInput`."""
        known = await self._people.credentials(person.email)
        fitting = await asyncio.to_thread(fits, known.password if known else "", password)
        if known is None:
            raise _refused()
        self._not_locked(known)
        if not fitting or not await self._code_fits(known, code):
            await self._note_failure(known, Caller(session.address, session.agent))
            raise _refused()
        now = self._clock.now()
        await self._people.touch_session(session.id, now, confirmed_at=now)

    async def find_pass(self, token: str) -> tuple[OneTimePass, Person] | None:
        """What the one-time address is for, without using it up."""
        found = await self._people.find_pass(digest(token), self._clock.now())
        person = await self._people.person(found.person) if found else None
        return (found, person) if found and person and not person.disabled else None

    async def by_pass(self, token: str, caller: Caller, password: str = "") -> str:
        """Uses a one-time address up; an invitation sets the password. The token of a new session."""
        found = await self.find_pass(token)
        if found is None:
            raise _too_late()
        one_time, person = found
        if one_time.purpose is PassPurpose.INVITATION:
            check_new(password, [person.email, *person.name.split()])
        act = Act(person.email, f"pass.{one_time.purpose}.used")
        if await self._people.take_pass(one_time.id, self._clock.now(), act) is None:
            raise _too_late()
        if one_time.purpose is PassPurpose.INVITATION:
            stored = await asyncio.to_thread(hashed, password)
            await self._people.set_password(person.id, stored, Act(person.email, "password.set"))
        return await self._begin(person, caller, f"sign_in.{one_time.purpose}")

    async def session(self, token: str, *, used: bool = True) -> tuple[Session, Person] | None:
        """None when it has ended, by time too. It is not `used` by what a page asks for by itself."""
        found = await self._people.session(digest(token))
        if found is None:
            return None
        session, person = found
        now = self._clock.now()
        if person.disabled or now > session.created_at + LONGEST or now > session.seen_at + IDLE:
            return None
        if not used:
            return session, person
        if now > session.seen_at + timedelta(minutes=1):
            with suppress(StoreUnavailable):  # whoever looks may look on while nothing can be written
                await self._people.touch_session(session.id, now)
        return replace(session, seen_at=now), person

    def is_confirmed(self, session: Session) -> bool:
        return self._clock.now() < session.confirmed_at + CONFIRMED

    async def _begin(self, person: Person, caller: Caller, action: str) -> str:
        token, now = new_token(), self._clock.now()
        session = Session(digest(token), person.id, now, now, now, caller.agent[:200], caller.address)
        await self._people.add_session(session, Act(person.email, action, data={"address": caller.address}))
        return token

    async def _code_fits(self, known: Credentials, code: str) -> bool:
        """One step of 30 seconds early or late; each code once."""
        if not known.totp:
            return True
        now = self._clock.now()
        step = code_step(known.totp, code, now)
        return step is not None and await self._people.take_totp(known.person.id, step)

    def _not_locked(self, known: Credentials) -> None:
        if known.locked_until and self._clock.now() < known.locked_until:
            raise InvalidInput(
                "Too many wrong attempts: this account is locked for a while.",
                status=429,
                cure="Wait some minutes, or ask an owner for a one-time address.",
            )

    async def _note_failure(self, known: Credentials, caller: Caller) -> None:
        count = known.failures + 1
        until = None
        if count >= _FAILURES:
            until = self._clock.now() + min(_LOCKED * 2 ** (count - _FAILURES), _LOCKED_MOST)
        act = Act(known.person.email, "sign_in.failed", data={"address": caller.address, "failures": count})
        await self._people.note_failure(known.person.id, until, act)


def code_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step that the six digits belong to; None when they are wrong."""
    totp = pyotp.TOTP(secret)
    step = int(now.timestamp()) // _STEP_SECONDS
    digits = code.replace(" ", "")
    fitting = [at for at in (step - 1, step, step + 1) if totp.verify(digits, for_time=at * _STEP_SECONDS)]
    return fitting[-1] if digits and fitting else None


async def make_pass(people: People, person: PersonId, purpose: PassPurpose, now: datetime, act: Act) -> str:
    """The token of a new one-time address, good for two days."""
    token = new_token()
    await people.add_pass(OneTimePass(digest(token), purpose, person, now + PASS_LASTS), act)
    return token


def _refused(*, code_needed: bool = False) -> InvalidInput:
    if code_needed:
        return InvalidInput(
            "The code of your second factor is needed too.",
            field="code",
            status=401,
            cure="Open your authenticator app and type its six digits.",
        )
    return InvalidInput(
        "E-mail address, password or code is wrong.",
        field="password",
        status=401,
        cure="Try again, or ask an owner for a one-time address.",
    )


def _too_late() -> InvalidInput:
    return InvalidInput(
        "This address was used already, or is too old.", status=410, cure="Ask whoever sent it for another one."
    )
