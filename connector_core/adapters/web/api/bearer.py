"""Who asks: an API key, the shop that it is for, and how fast it may ask."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request

from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Permission
from connector_core.ports.clock import Clock
from connector_core.ports.people import ApiKey, People

PREFIX = "plk_"
PER_SECOND = 20.0
BURST = 100.0


class TooFast(InvalidInput):
    """The key has asked too often, and may ask again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__("This key asks too often.", status=429, cure="Wait as long as Retry-After says.")
        self.after = timedelta(seconds=max(1.0, seconds))


@dataclass(frozen=True, slots=True)
class Client:
    """A program with a key. `actor` is how the timeline and the audit trail name it."""

    key: ApiKey

    @property
    def shop(self) -> ShopId:
        return self.key.shop

    @property
    def actor(self) -> str:
        return f"api:{self.key.name}"

    def needs(self, permission: Permission) -> None:
        if permission not in self.key.role.permissions:
            raise InvalidInput(
                f"The role of this key ({self.key.role}) does not allow this.",
                status=403,
                cure="Use a key with another role: paylink keys add",
            )


class Bearer:
    """One bucket of `BURST` requests for each key, filled again by `PER_SECOND`."""

    def __init__(self, people: People, clock: Clock) -> None:
        self._people = people
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    async def let_in(self, request: Request) -> None:
        """Before the body is looked at. Raises `InvalidInput`: 401 without a good key, 429 when it asks too often."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        key = None
        if scheme.lower() == "bearer" and token.startswith(PREFIX):
            key = await self._people.key(digest(token.strip()), self._clock.now())
        if key is None:
            raise InvalidInput(
                "There is no such API key.",
                field="Authorization",
                status=401,
                cure="Send Authorization: Bearer plk_...; make one: paylink keys add",
            )
        self._count(key.id)
        request.state.client = Client(key)

    def _count(self, key: str) -> None:
        now = self._clock.monotonic()
        left, at = self._buckets.get(key, (BURST, now))
        left = min(BURST, left + (now - at) * PER_SECOND)
        if left < 1:
            raise TooFast((1 - left) / PER_SECOND)
        self._buckets[key] = (left - 1, now)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
