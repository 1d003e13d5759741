"""A shop's rules, as the flow needs them."""

from dataclasses import dataclass
from datetime import timedelta

from connector_core.domain.ids import ShopId


@dataclass(frozen=True, slots=True)
class Shop:
    """A sales channel: its PSP account, channels in the order in which they are tried, language and rules."""

    id: ShopId
    name: str
    psp: str
    channels: tuple[str, ...]
    language: str = "de"
    region: str = "DE"
    link_validity: timedelta = timedelta(days=7)
    payment_methods: tuple[str, ...] = ()
