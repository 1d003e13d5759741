"""Polling by date of change, for systems that say "changed since": nothing is missed, and little is read twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from connector_core.domain.order import OrderEvent

_REMEMBERED = 2_000


class Watermark(BaseModel):
    """How far one kind of record was read, as part of a poll's cursor (JSON values by `model_dump`).

    Ask for rows that changed at `since` or later, without the ids of `read`, by date and then by id. `since` is
    inclusive, because a second may hold more rows than a page; `read` are those of this second that were read; `begin`
    is where the pages that are being read began; `seen` holds the events behind the overlap.
    """

    model_config = ConfigDict(frozen=True)

    since: datetime
    begin: datetime | None = None
    read: tuple[int | str, ...] = ()
    seen: dict[str, datetime] = {}

    def fresh(self, events: Sequence[OrderEvent]) -> Sequence[OrderEvent]:
        """Those that no earlier page brought."""
        return [event for event in events if event.id not in self.seen]

    def after(
        self,
        rows: Sequence[tuple[int | str, datetime]],
        events: Sequence[OrderEvent],
        *,
        full: bool,
        overlap: timedelta,
    ) -> "Watermark":
        """The mark behind a page of (id, date of change). A page that is not `full` is the last: the next poll looks
        back by the `overlap`, because a long transaction ends late and with its start as date.
        """
        seen = {**self.seen, **{event.id: event.at for event in events}}
        if full:
            return self._onward(rows, seen, overlap)
        newest = max([at for _, at in rows], default=self.since)
        since = max(self.begin or self.since, newest - overlap)
        return Watermark(since=since, seen=_recent(seen, since))

    def _onward(
        self, rows: Sequence[tuple[int | str, datetime]], seen: Mapping[str, datetime], overlap: timedelta
    ) -> "Watermark":
        """Behind a full page: the second of its last row may hold more."""
        newest = rows[-1][1]
        same = tuple(row_id for row_id, at in rows if at == newest)
        read = (*self.read, *same) if newest == self.since else same
        return Watermark(since=newest, begin=self.begin or self.since, read=read, seen=_recent(seen, newest - overlap))


def _recent(seen: Mapping[str, datetime], since: datetime) -> dict[str, datetime]:
    inside = sorted(((at, event) for event, at in seen.items() if at >= since.replace(microsecond=0)), reverse=True)
    return {event: at for at, event in inside[:_REMEMBERED]}
