"""Messages as the phone shows them. Texts are a stranger's: they stay text, with links and *bold* made from it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import phonenumbers
from markupsafe import Markup, escape

from connector_core.sandbox.whatsapp.ledger import Answer, Sent
from connector_core.sandbox.whatsapp.sending import is_web_address

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_BOLD = re.compile(r"(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])")


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message; `mine` is the buyer's own, `first` starts a group of one side, `day` stands above a new day."""

    id: str
    mine: bool
    text: Markup
    clock: str
    iso: str
    status: str
    button_text: str = ""
    button_url: str = ""
    button_host: str = ""
    first: bool = True
    day: str = ""


@dataclass(frozen=True, slots=True)
class ChatRow:
    """One line of the chat list."""

    phone: str
    number: str
    preview: str
    mine: bool
    has_link: bool
    clock: str
    status: str
    unread: int


def bubbles(thread: Sequence[Sent | Answer], now: float, texts: Mapping[str, str]) -> Iterator[Bubble]:
    last_day, last_mine = "", None
    for entry in thread:
        day, mine = day_name(entry.at, now, texts), isinstance(entry, Answer)
        new_day = day != last_day
        yield _bubble(entry, first=new_day or mine != last_mine, day=day if new_day else "")
        last_day, last_mine = day, mine


def _bubble(entry: Sent | Answer, *, first: bool, day: str) -> Bubble:
    moment = _local(entry.at)
    clock, iso = f"{moment:%H:%M}", moment.isoformat(timespec="seconds")
    if isinstance(entry, Answer):
        return Bubble(entry.id, True, rich(entry.text), clock, iso, entry.status, first=first, day=day)
    url = entry.button_url if is_web_address(entry.button_url) else ""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return Bubble(
        entry.id, False, rich(entry.text), clock, iso, entry.status, entry.button_text, url, host, first=first, day=day
    )


def rows(chats: Iterable[tuple[str, Sequence[Sent | Answer]]], now: float, texts: Mapping[str, str]) -> list[ChatRow]:
    return [_row(phone, thread, now, texts) for phone, thread in chats]


def _row(phone: str, thread: Sequence[Sent | Answer], now: float, texts: Mapping[str, str]) -> ChatRow:
    last = thread[-1]
    day = day_name(last.at, now, texts)
    return ChatRow(
        phone=phone,
        number=pretty_number(phone),
        preview=" ".join(last.text.replace("*", "").split())[:140],
        mine=isinstance(last, Answer),
        has_link=isinstance(last, Sent) and bool(last.button_url),
        clock=f"{_local(last.at):%H:%M}" if day == texts["today"] else day,
        status=last.status,
        unread=sum(isinstance(entry, Sent) and entry.status != "read" for entry in thread[-99:]),
    )


def rich(text: str) -> Markup:
    """Links and *bold*; everything else escaped."""
    parts, position = [], 0
    for match in _LINK.finditer(text):
        parts.append(_bold(text[position : match.start()]))
        parts.append(Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(match[0]))
        position = match.end()
    return Markup("").join([*parts, _bold(text[position:])])


def _bold(text: str) -> Markup:
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(text))))  # noqa: S704 - escaped just before


def day_name(at: float, now: float, texts: Mapping[str, str]) -> str:
    day, today = _local(at).date(), _local(now).date()
    if day == today:
        return texts["today"]
    return texts["yesterday"] if today - day == timedelta(days=1) else day.isoformat()


def pretty_number(digits: str) -> str:
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return "+" + digits
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def clock_now(now: float) -> str:
    return f"{_local(now):%H:%M}"


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone()
