"""Pictures that people upload: what kind and how large one is, by its first bytes alone; nothing is decoded."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from connector_core.adapters.web.office.shop_mark import LOGO
from connector_core.domain.errors import InvalidInput

MOST_BYTES = 64 * 1024
MOST_PIXELS = 1024
_NO_SIZE = (0, 0)
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
"""The segments of a JPEG that hold its size (ITU T.81, table B.1)."""


@dataclass(frozen=True, slots=True)
class Logo:
    """`kind` is the media type that its bytes show, whatever the sender has called it."""

    data: bytes
    kind: str

    @property
    def tag(self) -> str:
        """An ETag: the same for the same bytes alone."""
        return f'"{sha256(self.data).hexdigest()[:32]}"'

    def kept(self) -> str:
        """As what people have chosen for a shop keeps it."""
        return base64.b64encode(self.data).decode()


def read_logo(data: bytes) -> Logo:
    """Raises `InvalidInput`."""
    if not data:
        raise _refused(LOGO, "There is no logo in the form.", "Choose a picture first; nothing was changed.")
    if len(data) > MOST_BYTES:
        raise _refused(LOGO, "The logo has more than 64 kB.", "Choose a smaller file; nothing was changed.")
    kind, (width, height) = measured(data)
    if not kind:
        raise _refused(LOGO, "The logo is no PNG, JPEG or WebP.", "Choose a file of such a kind; nothing was changed.")
    if not (width and height):
        raise _refused(LOGO, "The logo is damaged.", "Save the picture anew and choose that file; nothing was changed.")
    if max(width, height) > MOST_PIXELS:
        raise _refused(LOGO, "The logo has more than 1024 x 1024 pixels.", "Make it smaller; nothing was changed.")
    return Logo(data, kind)


def kept_logo(chosen: Mapping[str, Any]) -> Logo | None:
    """Out of what people have chosen for a shop; None when it is none that we would take."""
    try:
        return read_logo(base64.b64decode(str(chosen.get(LOGO, "")), validate=True))
    except (InvalidInput, ValueError):
        return None


def measured(data: bytes) -> tuple[str, tuple[int, int]]:
    """(media type, (width, height)); no type for what is none of the three, zeros when the header is cut off."""
    for kind, begins, size in _KINDS:
        if begins(data):
            return kind, size(data)
    return "", _NO_SIZE


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return _NO_SIZE
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xFF:  # a fill byte
            at += 1
        elif data[at + 1] in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return _NO_SIZE


def _webp(data: bytes) -> tuple[int, int]:
    """Lossy, lossless or extended (RFC 9649, section 2)."""
    if len(data) < 30:
        return _NO_SIZE
    match data[12:16]:
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
        case b"VP8L" if data[20] == 0x2F:
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return _NO_SIZE


_KINDS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], tuple[int, int]]], ...] = (
    ("image/png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    ("image/jpeg", lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    ("image/webp", lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", _webp),
)


def _refused(field: str, sentence: str, cure: str) -> InvalidInput:
    return InvalidInput(sentence, field=field, status=422, cure=cure)
