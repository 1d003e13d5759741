"""Uploaded pictures: their kind by their first bytes, their size by their header, and what is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core.adapters.web.office.logo import MOST_BYTES, Logo, kept_logo, measured, read_logo
from connector_core.domain.errors import InvalidInput
from tests.pictures import EXTENDED, JPEG, LOSSLESS, LOSSY, PNG, SVG, png_of

KINDS = [
    pytest.param(PNG, "image/png", id="png"),
    pytest.param(JPEG, "image/jpeg", id="jpeg"),
    pytest.param(LOSSY, "image/webp", id="webp-lossy"),
    pytest.param(LOSSLESS, "image/webp", id="webp-lossless"),
    pytest.param(EXTENDED, "image/webp", id="webp-extended"),
]
FRAME = JPEG.index(b"\xff\xc0")


@pytest.mark.parametrize(("data", "kind"), KINDS)
def test_kind_and_size_of_what_a_browser_has_made(data: bytes, kind: str) -> None:
    assert measured(data) == (kind, (40, 30))
    assert read_logo(data) == Logo(data, kind)


@pytest.mark.parametrize(("data", "kind"), KINDS)
def test_a_header_that_breaks_off_has_no_size_and_hurts_nobody(data: bytes, kind: str) -> None:
    for length in range(len(data)):
        assert measured(data[:length]) in (("", (0, 0)), (kind, (0, 0)), (kind, (40, 30)))
    with pytest.raises(InvalidInput, match="damaged"):
        read_logo(data[:16])


@given(data=st.binary(max_size=200), begin=st.sampled_from([b"", *(one[:16] for one in (PNG, JPEG, LOSSY, EXTENDED))]))
def test_any_bytes_are_taken_or_refused(data: bytes, begin: bytes) -> None:
    with suppress(InvalidInput):
        assert read_logo(begin + data).data == begin + data


def test_a_progressive_jpeg_and_one_with_fill_bytes_have_a_size() -> None:
    assert measured(JPEG[:FRAME] + b"\xff\xc2" + JPEG[FRAME + 2 :]) == ("image/jpeg", (40, 30))
    assert measured(JPEG[:FRAME] + b"\xff\xff" + JPEG[FRAME:]) == ("image/jpeg", (40, 30))


def test_the_small_picture_inside_of_a_jpeg_is_not_taken_for_it() -> None:
    inner = b"\xff\xe1" + (2 + len(JPEG)).to_bytes(2) + JPEG.replace(b"\x00\x1e\x00\x28", b"\x00\x01\x00\x01")
    assert measured(JPEG[:2] + inner + JPEG[2:]) == ("image/jpeg", (40, 30))


def test_a_jpeg_whose_segments_have_no_length_comes_to_an_end() -> None:
    assert measured(b"\xff\xd8" + b"\xff\xe0\x00\x00" * 10_000) == ("image/jpeg", (0, 0))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "There is no logo in the form."),
        (SVG, "The logo is no PNG, JPEG or WebP."),
        (b"GIF89a" + PNG, "The logo is no PNG, JPEG or WebP."),
        (b"<html>" + PNG, "The logo is no PNG, JPEG or WebP."),
        (LOSSY.replace(b"WEBP", b"WAVE"), "The logo is no PNG, JPEG or WebP."),
        (png_of(0, 30), "The logo is damaged."),
        (PNG.replace(b"IHDR", b"IDAT"), "The logo is damaged."),
        (LOSSY.replace(b"VP8 ", b"VP9 "), "The logo is damaged."),
        (png_of(1025, 1), "The logo has more than 1024 x 1024 pixels."),
        (png_of(1, 1025), "The logo has more than 1024 x 1024 pixels."),
        (PNG.ljust(MOST_BYTES + 1, b"\0"), "The logo has more than 64 kB."),
    ],
)
def test_what_is_refused_is_told_what_is_wrong_and_what_to_do(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_logo(data)
    assert refused.value.cure.endswith("nothing was changed.")
    assert (refused.value.sentence, refused.value.field, refused.value.status) == (sentence, "logo", 422)


def test_the_largest_are_taken() -> None:
    assert read_logo(png_of(1024, 1024)).kind == "image/png"
    assert read_logo(PNG.ljust(MOST_BYTES, b"\0")).kind == "image/png"


def test_a_kept_logo_is_read_back_and_what_is_none_is_not() -> None:
    logo = read_logo(PNG)
    assert kept_logo({"logo": logo.kept()}) == logo
    assert kept_logo({}) is kept_logo({"logo": ""}) is kept_logo({"logo": "§"}) is kept_logo({"logo": "aGk="}) is None


def test_a_tag_is_that_of_the_bytes() -> None:
    assert read_logo(PNG).tag == read_logo(bytes(PNG)).tag != read_logo(png_of(40, 31)).tag
    assert read_logo(PNG).tag.strip('"').isalnum()
