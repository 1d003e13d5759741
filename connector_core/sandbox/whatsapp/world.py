"""The parts of one sandbox, put together: what the three groups of routes share."""

from collections.abc import Callable

from connector_core.sandbox.whatsapp.config import WhatsAppConfig
from connector_core.sandbox.whatsapp.courier import Courier
from connector_core.sandbox.whatsapp.faults import FaultBoard
from connector_core.sandbox.whatsapp.ledger import Answer, Ledger, Sent
from connector_core.sandbox.whatsapp.live import LiveFeed
from connector_core.sandbox.whatsapp.payloads import Notice, inbound_notice
from connector_core.sandbox.whatsapp.progress import Progress
from connector_core.sandbox.whatsapp.sending import SendReader, wamid


class World:
    """One account and the phones of its buyers; `now` gives Unix seconds."""

    def __init__(self, config: WhatsAppConfig, now: Callable[[], float]) -> None:
        self.config = config
        self.now = now
        self.ledger = Ledger()
        self.faults = FaultBoard()
        self.live = LiveFeed()
        self.courier = Courier(config, self.ledger, self._taken)
        self.reader = SendReader(config, self.ledger.window_open)
        self.progress = Progress(
            self.courier, self.faults, delivered_after=config.delivered_after, now=now, changed=self.live.tell
        )

    def accept(self, message: Sent) -> None:
        """The message is on its way to the phone."""
        self.ledger.add_sent(message)
        self.live.tell(message.to)
        self.progress.start(message)

    def answer(self, phone: str, text: str) -> Answer:
        """The buyer writes to the business."""
        answer = Answer(id=wamid(phone), sender=phone, text=text, at=self.now())
        self.ledger.add_answer(answer)
        self.live.tell(phone)
        self.courier.post(inbound_notice(answer))
        return answer

    def read(self, phone: str) -> int:
        """The buyer looks at the chat; how many messages that made read."""
        unread = list(self.ledger.unread(phone))
        for message in unread:
            self.progress.read(message)
        return len(unread)

    def _taken(self, notice: Notice) -> None:
        answer = self.ledger.inbound.get(notice.message_id)
        if answer is not None:
            answer.status = "delivered"
            self.live.tell(answer.sender)
