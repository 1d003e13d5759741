"""Forms with a file, as browsers send them; anything else is refused."""

import pytest

from connector_core.adapters.web.office.multipart import parts_of

KIND = "multipart/form-data; boundary=----x"
FORM = (
    b'------x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nabc\r\n'
    b'------x\r\nContent-Disposition: form-data; name="logo"; filename="\xc3\xa4; name=\\"csrf\\".png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\r\n--\x00\xff\r\n"
    b"------x--\r\n"
)


def test_fields_and_the_bytes_of_a_file_as_they_are() -> None:
    assert list(parts_of(KIND, FORM)) == [("csrf", b"abc"), ("logo", b"\x89PNG\r\n\x1a\n\r\n--\x00\xff")]
    assert dict(parts_of('multipart/form-data; boundary="----x"', FORM)) == dict(parts_of(KIND, FORM))


def test_a_file_that_was_not_chosen_is_empty() -> None:
    body = b'------x\r\nContent-Disposition: form-data; name="logo"; filename=""\r\n\r\n\r\n------x--\r\n'
    assert list(parts_of(KIND, body)) == [("logo", b"")]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("multipart/form-data", FORM, id="no boundary"),
        pytest.param("multipart/form-data; boundary=ä", FORM, id="a boundary that is none"),
        pytest.param(KIND, FORM[:-9], id="breaks off"),
        pytest.param(KIND, b"", id="empty"),
        pytest.param(KIND, b"------x\r\nContent-Disposition: form-data\r\n\r\na\r\n------x--", id="no name"),
        pytest.param(KIND, b'------x\r\nContent-Disposition: form-data; name="a"\r\n------x--', id="no end of headers"),
        pytest.param(KIND, b"------x\r\n\xff: form-data\r\n\r\na\r\n------x--", id="no text"),
    ],
)
def test_what_no_browser_sends_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(ValueError):
        list(parts_of(kind, body))
