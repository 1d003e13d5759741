"""The one place through which every acknowledgement and every handing back of a channel goes."""

from dataclasses import dataclass

STRAGGLER_AGE = 0.1


@dataclass(frozen=True, slots=True)
class Settlement:
    """One frame to send: an acknowledgement, or with `refused` a handing back (`requeue`) or a dead letter."""

    tag: int
    multiple: bool = False
    requeue: bool = False
    refused: bool = False


class AckTracker:
    """What one channel has delivered and what became of it.

    The finished prefix is acknowledged in one frame (`multiple`). A delivery that finished behind one which is still in
    hand is acknowledged by itself when it waits for `STRAGGLER_AGE` seconds or half of `window` has piled up, so that
    one slow delivery never stops the others. A delivery handed back leaves before any acknowledgement that would cover
    it: `multiple` then no longer means it. Times are monotonic seconds.
    """

    def __init__(self, window: int) -> None:
        self._crowd = max(1, window // 2)
        self._in_hand: dict[int, float | None] = {}
        self._returned: list[Settlement] = []
        self._finished = 0
        self.closed = False

    @property
    def unsettled(self) -> int:
        """Deliveries that the broker still counts as ours."""
        return len(self._in_hand) + len(self._returned)

    @property
    def waiting(self) -> bool:
        """Whether `take` may have something to send, now or when it has grown old."""
        return bool(self._finished or self._returned)

    def delivered(self, tag: int) -> None:
        """Tags come in ascending order."""
        self._in_hand[tag] = None

    def finished(self, tag: int, now: float) -> bool:
        """Whether so much has piled up that it should be sent at once. After `close` nothing happens."""
        if self.closed:
            return False
        self._in_hand[tag] = now
        self._finished += 1
        return self._finished >= self._crowd

    def hand_back(self, tag: int) -> None:
        if self.closed:
            return
        del self._in_hand[tag]
        self._returned.append(Settlement(tag, requeue=True, refused=True))

    def put_aside(self, tag: int) -> None:
        """It goes to the dead letters."""
        if self.closed:
            return
        del self._in_hand[tag]
        self._returned.append(Settlement(tag, refused=True))

    def take(self, now: float, everything: bool = False) -> list[Settlement]:
        """The frames to send now, in this order; they count as sent."""
        frames, self._returned = self._returned, []
        prefix = self._take_prefix()
        if prefix:
            frames.append(Settlement(prefix, multiple=True))
        all_of_them = everything or self._finished >= self._crowd
        frames.extend(self._take_stragglers(now - (0.0 if all_of_them else STRAGGLER_AGE)))
        return frames

    def close(self) -> None:
        """The channel is gone, and its tags with it: nothing is sent any more."""
        self.closed = True
        self._in_hand.clear()
        self._returned.clear()
        self._finished = 0

    def _take_prefix(self) -> int:
        last = 0
        for tag, finished_at in list(self._in_hand.items()) if self._finished else ():
            if finished_at is None:
                break
            del self._in_hand[tag]
            self._finished -= 1
            last = tag
        return last

    def _take_stragglers(self, until: float) -> list[Settlement]:
        if not self._finished:
            return []
        tags = [tag for tag, at in self._in_hand.items() if at is not None and at <= until]
        for tag in tags:
            del self._in_hand[tag]
        self._finished -= len(tags)
        return [Settlement(tag) for tag in tags]
