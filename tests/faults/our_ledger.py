"""The connector's own ledger, read beside the daemons and all at once, to be compared with the peers'."""

from dataclasses import dataclass

from sqlalchemy import Engine, select

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.database import open_engine
from connector_core.adapters.store_sql.reading import read_states
from connector_core.domain.event import EventType
from connector_core.domain.message import Delivery, Message
from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState


@dataclass(frozen=True, slots=True)
class UnknownOutcomes:
    """Calls whose answer was never recorded, and what became of them."""

    links_waited_out: int
    links_waiting: int
    messages_reported: int
    """The messenger's status, which carries our own id, told that they had been sent."""
    messages_repeated: int
    """Nothing was reported in time: sent once more."""
    receipts_given_up: int
    """Nothing was reported: receipts are never repeated (I19)."""


class OurLedger:
    """`url` is the database's."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = open_engine(url)

    def states(self) -> list[OrderState]:
        with self._engine.connect() as connection:
            ids = connection.execute(select(schema.orders.c.id).order_by(schema.orders.c.id)).scalars().all()
            return read_states(connection, ids)

    def unknown_outcomes(self) -> UnknownOutcomes:
        states = self.states()
        links = [link for state in states for link in state.links]
        messages = [message for state in states for message in state.messages]
        accepted = self._accepted()
        never_reported = [message for message in messages if message.delivery is Delivery.UNKNOWN]
        return UnknownOutcomes(
            links_waited_out=sum(link.state is LinkState.LOST for link in links),
            links_waiting=sum(link.state is LinkState.WANTED for link in links),
            messages_reported=sum(_was_sent(message) and message.id not in accepted for message in messages),
            messages_repeated=sum(message.payment_id is None for message in never_reported),
            receipts_given_up=sum(message.payment_id is not None for message in never_reported),
        )

    def close(self) -> None:
        self._engine.dispose()

    def _accepted(self) -> set[str]:
        """The messages whose answer was recorded."""
        events = schema.events.c
        with self._engine.connect() as connection:
            query = select(events.subject).where(events.type == EventType.MESSAGE_ACCEPTED)
            return set(connection.execute(query).scalars())


def _was_sent(message: Message) -> bool:
    return message.delivery in (Delivery.SENT, Delivery.DELIVERED, Delivery.READ)
