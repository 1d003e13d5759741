"""What people set on pages and all daemons follow: paused connections, filters that they keep, rules of their shops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from connector_core.domain.ids import ShopId
from connector_core.domain.person import PersonId
from connector_core.ports.people import Act


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing is asked of this block of the configuration, such as ``connections.woo-main``, until a person lets go."""

    block: str
    since: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ShopChoices:
    """What differs from the configuration file, by field of `Shop`, as JSON values. `version` counts the changes."""

    version: int = 0
    values: Mapping[str, Any] | None = None


class Choices(Protocol):
    """All methods raise `StoreUnavailable`. What changes something takes the act and keeps it in the same commit."""

    async def holds(self) -> Sequence[Hold]: ...

    async def hold(self, hold: Hold, act: Act) -> bool:
        """False when it is held already."""
        ...

    async def let_go(self, block: str, act: Act) -> bool:
        """False when nobody holds it any more."""
        ...

    async def filters(self, person: PersonId) -> Mapping[str, str]:
        """The query of each filter that the person keeps, by its name, in the order of the names."""
        ...

    async def keep_filter(self, person: PersonId, name: str, query: str) -> None:
        """In place of one of the same name."""
        ...

    async def drop_filter(self, person: PersonId, name: str) -> None: ...

    async def shops(self) -> Mapping[ShopId, ShopChoices]: ...

    async def choose(self, shop: ShopId, chosen: ShopChoices, act: Act) -> bool:
        """Stores them as `chosen.version`; False when somebody else has changed them since the version before."""
        ...
