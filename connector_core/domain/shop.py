"""A shop's rules, as the flow needs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from connector_core.domain.ids import ShopId


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nobody is reminded, by the buyer's own clock; from 21:00 to 08:00 goes over midnight."""

    start: time = time(21)
    end: time = time(8)

    def over_at(self, local: datetime) -> datetime:
        """The moment itself when it is not quiet, else the end of the quiet hours."""
        at = local.time()
        over_midnight = self.start > self.end
        quiet = (at >= self.start or at < self.end) if over_midnight else self.start <= at < self.end
        if not quiet:
            return local
        day = local.date() + timedelta(days=1 if over_midnight and at >= self.start else 0)
        return datetime.combine(day, self.end, local.tzinfo)


@dataclass(frozen=True, slots=True)
class Shop:
    """A sales channel: its PSP account, channels in the order in which they are tried, language and rules.

    A buyer is reminded `reminders` after the making of the PayLink, and `last_call` before its end when that is set.
    `is_test` says that its payments are no real ones. Its buyers are erased `retention_days` after the end of their
    request; 0: never by itself. `colour` is ``#rrggbb``, and empty where the shop has none of its own.
    """

    id: ShopId
    name: str
    psp: str
    channels: tuple[str, ...]
    language: str = "de"
    region: str = "DE"
    link_validity: timedelta = timedelta(days=7)
    payment_methods: tuple[str, ...] = ()
    reminders: tuple[timedelta, ...] = ()
    last_call: timedelta = timedelta()
    quiet_hours: QuietHours = QuietHours()
    is_test: bool = False
    retention_days: int = 90
    colour: str = ""

    def reminder_moments(self, made: datetime, end: datetime) -> Sequence[datetime]:
        """When a buyer of a PayLink with this life is reminded, in order; none at its end or after it."""
        moments = {made + after for after in self.reminders}
        if self.last_call:
            moments.add(end - self.last_call)
        return sorted(moment for moment in moments if made < moment < end)
