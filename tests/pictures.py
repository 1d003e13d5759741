"""Pictures of 40 x 30 pixels that a browser has made, one of each kind that a logo may have."""

import base64

PNG, JPEG, LOSSY, LOSSLESS, EXTENDED = (
    base64.b64decode(text)
    for text in (
        "iVBORw0KGgoAAAANSUhEUgAAACgAAAAeCAYAAABe3VzdAAAAW0lEQVR4AezSwQkAIAwEQUkP9mKNNq0VBAL7CWQFX3oQJhd3n9f5xmp+"
        "HJAuSEEFqQDN20EFqQDN20EFqQDN20EFqQDN20EFqQDNT+kgdcrzCuY2tRcFa075rw8AAP//IgH1pwAAAAZJREFUAwAE+0mtCU1LEQAAAABJ"
        "RU5ErkJggg==",
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAKBueIx4ZKCMgoy0qqC+8P//8Nzc8P//////////////////////////////////////////////"
        "////////////2wBDAaq0tPDS8P//////////////////////////////////////////////////////////////////////////////wAAR"
        "CAAeACgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAA"
        "AAL/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCABYAAAAAAAAAD/9k=",
        "UklGRj4AAABXRUJQVlA4IDIAAAAwAwCdASooAB4AP3G202G0ryqmJWgCkC4JZwDQkA8KmggAAP7l7L+RzvSo6lAfJD8AAA==",
        "UklGRh4AAABXRUJQVlA4TBEAAAAvJ0AHAAfQiioWp/+BiOh/AAA=",
        "UklGRnIAAABXRUJQVlA4WAoAAAAQAAAAJwAAHQAAQUxQSBQAAAABDzD/ERFCSED4v9YDD+SI/gdYQ1ZQOCA4AAAAcAMAnQEqKAAeAD9xpMpa"
        "tKwopDAaqAKQLgljANH4PRiEB+AAAP7vJhPfQ1b7B307Bu+Lg/CAAAA=",
    )
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><script>alert(1)</script></svg>'


def png_of(width: int, height: int) -> bytes:
    """With the header of a picture of that size."""
    return PNG[:16] + width.to_bytes(4) + height.to_bytes(4) + PNG[24:]
