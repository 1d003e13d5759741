"""Forms with a file in them, as browsers send them (RFC 7578): flat, with the length of a file and no more."""

from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser

_END = b"--"


def parts_of(content_type: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """(name of the field, its bytes) in the order of the form. Raises `ValueError` for what no browser sends."""
    boundary = _header("content-type", content_type).get_boundary()
    if not boundary:
        raise ValueError("The form has no boundary.")
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"))[1:]:
        if piece.startswith(_END):
            return
        head, found, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = HeaderParser().parsestr(head.decode()).get_param("name", header="content-disposition")
        if not found or not isinstance(name, str):
            raise ValueError("A part of the form has no name.")
        yield name, data
    raise ValueError("The form breaks off.")


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value
    return message
